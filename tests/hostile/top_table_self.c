/* SPDX-License-Identifier: MIT */
/* Every entry of the top page table refers to itself. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG64 *top = TopTable();
    const ULONG64 root = ReadCr3() & 0x000FFFFFFFFFF000ull;

    __asm__ volatile("rep stosq" : : "D"(top), "c"(512), "a"(root | 0x63) : "memory");
    WriteCr3(ReadCr3());
}
