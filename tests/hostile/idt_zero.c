/* SPDX-License-Identifier: MIT */
/* Fills the interrupt table with zeros, then needs it. */
#include "hostile.h"

static VOID Attack(VOID)
{
    struct table idt = ReadIdt();

    Unprotect();
    Fill((VOID *)idt.base, 0, idt.limit + 1u);
    __asm__ volatile("int3");
}
