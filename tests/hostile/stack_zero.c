/* SPDX-License-Identifier: MIT */
/* Pushes to a stack at 0. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("xorl %esp, %esp\n\tpushq %rax");
}
