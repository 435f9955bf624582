/* SPDX-License-Identifier: MIT */
/* Raises vector 209 by int n. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("int $209");
}
