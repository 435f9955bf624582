/* SPDX-License-Identifier: MIT */
/* Stores to all memory, from its data on. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static UCHAR Data[16];

    Unprotect();
    Fill(Data, 0xA5, ~0ull);
}
