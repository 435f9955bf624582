/* SPDX-License-Identifier: MIT */
/* Returns to a selector that does not exist. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("pushq $0x7F8\n\tpushq $0x1000\n\tlretq");
}
