/* SPDX-License-Identifier: MIT */
/* Raises vector 0 by int n. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("int $0");
}
