/* SPDX-License-Identifier: MIT */
/* Pushes to a stack at an address that no processor has. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("movabsq $0x8000000000000000, %rsp\n\tpushq %rax");
}
