/* SPDX-License-Identifier: MIT */
/* Loads page tables from beyond all memory. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr3(0x7FFFFFF000ull);
}
