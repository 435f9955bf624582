/* SPDX-License-Identifier: MIT */
/* Sends NMIs to all others. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0xC4400;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
