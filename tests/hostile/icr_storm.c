/* SPDX-License-Identifier: MIT */
/* Sends every kind of interrupt to everybody, again and again. */
#include "hostile.h"

static VOID Send(volatile ULONG *Apic, ULONG Command)
{
    Apic[0x310 / 4] = 0xFF000000;
    Apic[0x300 / 4] = Command;
}

static VOID Attack(VOID)
{
    volatile ULONG *apic = Registers(0xFEE00000);
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < 10000; i++) {
        Send(apic, (ULONG)(Next(&state) & 0xCCFFF));
    }
}
