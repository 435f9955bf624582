/* SPDX-License-Identifier: MIT */
/* Sets NW without CD. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr0((ReadCr0() | 0x20000000ull) & ~0x40000000ull);
}
