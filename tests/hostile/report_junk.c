/* SPDX-License-Identifier: MIT */
/* Writes junk to the report channel. */
#include "hostile.h"

static VOID Attack(VOID)
{
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < 1000; i++) {
        WritePort8(0xE9, (UCHAR)Next(&state));
    }
}
