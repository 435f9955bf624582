/* SPDX-License-Identifier: MIT */
/* Sets a bit of CR4 that does not exist. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr4(ReadCr4() | 1ull << 31);
}
