/* SPDX-License-Identifier: MIT */
/* Swaps its processor control block for nothing. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("swapgs");
}
