/* SPDX-License-Identifier: MIT */
/* Takes the page of its stack out of the page tables. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG64 word = 0;

    *PageEntry(&word) = 0;
    __asm__ volatile("invlpg (%0)" : : "r"(&word) : "memory");
    word++;
}
