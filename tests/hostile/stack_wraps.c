/* SPDX-License-Identifier: MIT */
/* Pops from a stack that ends with the address space. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("movq $-4, %rsp\n\tpopq %rax");
}
