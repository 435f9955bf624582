/* SPDX-License-Identifier: MIT */
/* Every processor fills the top page table with zeros. */
#include "hostile.h"

static volatile ULONG64 *Top;

static VOID Routine(VOID)
{
    Fill(Top, 0, PAGE);
    WriteCr3(ReadCr3());
}

static VOID Attack(VOID)
{
    Top = TopTable();
    Everywhere(Routine);
}
