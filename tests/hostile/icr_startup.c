/* SPDX-License-Identifier: MIT */
/* Sends start-up interrupts to all others, which run. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0xC4612;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
