/* SPDX-License-Identifier: MIT */
/* Turns its local APIC off by its spurious-interrupt register. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    apic[0xF0 / 4] = 0;
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
