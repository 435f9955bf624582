/* SPDX-License-Identifier: MIT */
/* Moves its processor control block to nowhere. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0xC0000101, 0xFFFF900012345000ull);
}
