/* SPDX-License-Identifier: MIT */
/* Loads an interrupt table of random numbers. */
#include "hostile.h"

static ULONG64 Table[512];

static VOID Attack(VOID)
{
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < 512; i++) {
        Table[i] = Next(&state);
    }
    WriteIdt(0xFFF, (ULONG64)Table);
    for (;;) {
    }
}
