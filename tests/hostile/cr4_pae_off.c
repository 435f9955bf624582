/* SPDX-License-Identifier: MIT */
/* Turns PAE off in 64-bit code. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr4(ReadCr4() & ~0x20ull);
}
