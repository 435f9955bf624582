/* SPDX-License-Identifier: MIT */
/* Every processor fills its interrupt table with zeros. */
#include "hostile.h"

static VOID Routine(VOID)
{
    struct table idt = ReadIdt();

    Fill((VOID *)idt.base, 0, idt.limit + 1u);
}

static VOID Attack(VOID)
{
    Everywhere(Routine);
}
