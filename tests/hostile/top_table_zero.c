/* SPDX-License-Identifier: MIT */
/* Fills the top page table with zeros. */
#include "hostile.h"

static VOID Attack(VOID)
{
    Fill(TopTable(), 0, PAGE);
    WriteCr3(ReadCr3());
}
