/* SPDX-License-Identifier: MIT */
/* Returns from an interrupt that never was, to junk. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("pushq $-1\n\tpushq $-1\n\tpushq $-1\n\tpushq $-1\n\tpushq $-1\n\tiretq");
}
