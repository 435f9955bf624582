/* SPDX-License-Identifier: MIT */
/* Loads page tables from an address that no processor has. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr3(0x4000000000000000ull);
}
