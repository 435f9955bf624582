/* SPDX-License-Identifier: MIT */
/* Raises vector 4 by int n. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("int $4");
}
