/* SPDX-License-Identifier: MIT */
/* Moves its processor control block to an address that no processor has. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0xC0000101, 0x8000000000000000ull);
}
