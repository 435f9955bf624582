/* SPDX-License-Identifier: MIT */
/* Turns SSE off. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr4(ReadCr4() & ~0x200ull);
    __asm__ volatile("xorps %xmm0, %xmm0");
}
