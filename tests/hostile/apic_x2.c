/* SPDX-License-Identifier: MIT */
/* Switches its local APIC to x2APIC mode behind the kernel's back. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0x1B, ReadMsr(0x1B) | 0xC00);
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
