/* SPDX-License-Identifier: MIT */
/* Sends an exception vector to all others. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0xC400E;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
