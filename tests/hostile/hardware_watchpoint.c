/* SPDX-License-Identifier: MIT */
/* Sets a hardware breakpoint on its data. */
#include "hostile.h"

static volatile ULONG Data;

static VOID Attack(VOID)
{
    __asm__ volatile("movq %0, %%dr0\n\tmovq %1, %%dr7" : : "r"(&Data), "r"(0xD0403ull));
    Data = 1;
}
