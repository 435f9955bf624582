/* SPDX-License-Identifier: MIT */
/* Turns long mode off under paging. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0xC0000080, ReadMsr(0xC0000080) & ~0x100ull);
}
