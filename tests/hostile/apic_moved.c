/* SPDX-License-Identifier: MIT */
/* Moves its local APIC's registers elsewhere. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0x1B, (ReadMsr(0x1B) & 0xFFF) | 0x1234567000ull);
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
