/* SPDX-License-Identifier: MIT */
/* Loads page tables from memory that holds none. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteCr3(0x7000);
}
