/* SPDX-License-Identifier: MIT */
/* Uses AVX. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("vaddps %ymm0, %ymm1, %ymm2");
}
