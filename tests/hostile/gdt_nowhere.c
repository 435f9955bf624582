/* SPDX-License-Identifier: MIT */
/* Loads a descriptor table that is not there, then needs it. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteGdt(0xFF, 0xFFFF900012345000ull);
    __asm__ volatile("movl $0x18, %%eax\n\tmovl %%eax, %%ds" : : : "eax");
}
