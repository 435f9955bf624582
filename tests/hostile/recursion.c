/* SPDX-License-Identifier: MIT */
/* Calls itself for ever. */
#include "hostile.h"

static volatile ULONG Deep = 1;

static ULONG Descend(ULONG Level)
{
    volatile UCHAR local[256];

    local[Level % sizeof(local)] = (UCHAR)Level;
    return Deep == 0 ? local[0] : Descend(Level + 1) + local[Level % sizeof(local)];
}

static VOID Attack(VOID)
{
    Descend(0);
}
