/* SPDX-License-Identifier: MIT */
/* Raises the task priority and forgets it. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("movq %0, %%cr8" : : "r"(15ull));
    for (;;) {
        YieldProcessor();
    }
}
