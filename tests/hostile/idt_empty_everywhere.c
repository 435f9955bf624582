/* SPDX-License-Identifier: MIT */
/* Every processor loads an interrupt table without gates. */
#include "hostile.h"

static VOID Routine(VOID)
{
    WriteIdt(0, 0);
}

static VOID Attack(VOID)
{
    Everywhere(Routine);
}
