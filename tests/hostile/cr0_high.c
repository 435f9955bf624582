/* SPDX-License-Identifier: MIT */
/* Sets bits of CR0 that do not exist. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr0(ReadCr0() | 1ull << 40);
}
