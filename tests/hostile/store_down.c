/* SPDX-License-Identifier: MIT */
/* Stores to all memory, downwards from its stack. */
#include "hostile.h"

static VOID Attack(VOID)
{
    UCHAR here = 0;

    Unprotect();
    __asm__ volatile("std\n\trep stosq" : : "D"((ULONG64)&here & ~7ull), "c"(~0ull), "a"(0) : "memory");
}
