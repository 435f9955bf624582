/* SPDX-License-Identifier: MIT */
/* Turns paging off in 64-bit code. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr0(ReadCr0() & ~0x80000000ull);
}
