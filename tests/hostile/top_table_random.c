/* SPDX-License-Identifier: MIT */
/* Fills the top page table with random numbers. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG64 *top = TopTable();
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < 512; i++) {
        top[i] = Next(&state);
    }
    WriteCr3(ReadCr3());
}
