/* SPDX-License-Identifier: MIT */
/* Loads an interrupt table that is not there. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteIdt(0xFFF, 0xFFFF900012345000ull);
    __asm__ volatile("ud2");
}
