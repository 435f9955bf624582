/* SPDX-License-Identifier: MIT */
/* Sets EM, so that SSE does not exist. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr0(ReadCr0() | 4);
    __asm__ volatile("xorps %xmm0, %xmm0");
}
