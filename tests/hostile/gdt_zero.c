/* SPDX-License-Identifier: MIT */
/* Fills the descriptor table with zeros, then needs it. */
#include "hostile.h"

static VOID Attack(VOID)
{
    struct table gdt = ReadGdt();

    Unprotect();
    Fill((VOID *)gdt.base, 0, gdt.limit + 1u);
    __asm__ volatile("int3");
}
