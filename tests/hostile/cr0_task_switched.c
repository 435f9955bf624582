/* SPDX-License-Identifier: MIT */
/* Sets TS, so that SSE faults. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr0(ReadCr0() | 8);
    __asm__ volatile("xorps %xmm0, %xmm0");
}
