/* SPDX-License-Identifier: MIT */
/* Sets a hardware breakpoint on its own code. */
#include "hostile.h"

static VOID __attribute__((noinline)) Target(VOID)
{
    __asm__ volatile("nop");
}

static VOID Attack(VOID)
{
    __asm__ volatile("movq %0, %%dr0\n\tmovq %1, %%dr7" : : "r"(&Target), "r"(0x403ull));
    Target();
}
