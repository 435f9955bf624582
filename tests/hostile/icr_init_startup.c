/* SPDX-License-Identifier: MIT */
/* Restarts all others at a page of zeros. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    apic[0x300 / 4] = 0xC4500;
    for (ULONG i = 0; i < 1000; i++) {
        YieldProcessor();
    }
    apic[0x300 / 4] = 0xC4690;
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
