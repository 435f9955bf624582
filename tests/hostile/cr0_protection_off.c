/* SPDX-License-Identifier: MIT */
/* Turns protection off, but not paging. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr0(ReadCr0() & ~1ull);
}
