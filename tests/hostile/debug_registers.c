/* SPDX-License-Identifier: MIT */
/* Writes junk to all debug registers. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("movq %0, %%dr0\n\tmovq %0, %%dr1\n\tmovq %0, %%dr2\n\tmovq %0, %%dr3"
                     : : "r"(0xFFFF900012345000ull));
    __asm__ volatile("movq %0, %%dr6" : : "r"(0xFFFFFFFFull));
    __asm__ volatile("movq %0, %%dr7" : : "r"(0xFFFF07FFull));
    DbgPrint("set\n");
    __asm__ volatile("movq %0, %%dr7" : : "r"(~0ull));
}
