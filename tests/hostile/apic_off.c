/* SPDX-License-Identifier: MIT */
/* Turns its local APIC off. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0x1B, ReadMsr(0x1B) & ~0x800ull);
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
