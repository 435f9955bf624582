/* SPDX-License-Identifier: MIT */
/* Loads a task register that names no task. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("movl $0x10, %%eax\n\tltr %%ax" : : : "eax");
}
