/* SPDX-License-Identifier: MIT */
/* Takes the page of its own code out of the page tables. */
#include "hostile.h"

static VOID Attack(VOID)
{
    *PageEntry((VOID *)(ULONG_PTR)&Attack) = 0;
    __asm__ volatile("invlpg (%0)" : : "r"(&Attack) : "memory");
}
