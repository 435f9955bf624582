/* SPDX-License-Identifier: MIT */
/* Sends INIT to itself. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);

    apic[0x310 / 4] = 0;
    for (ULONG i = 0; i < 100; i++) {
        apic[0x300 / 4] = 0x04500;
    }
    Everywhere((VOID(*)(VOID))(ULONG_PTR)&ReadCr0);
}
