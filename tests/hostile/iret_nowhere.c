/* SPDX-License-Identifier: MIT */
/* Returns from an interrupt that never was, to nowhere. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("movq %%ss, %%rax\n\tpushq %%rax\n\tpushq $0x1000\n\tpushq $0x202\n\tmovq %%cs, %%rax\n\tpushq %%rax\n\tpushq $0x2000\n\tiretq" : : : "rax");
}
