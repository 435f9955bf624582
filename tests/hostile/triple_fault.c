/* SPDX-License-Identifier: MIT */
/* Triple-faults. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteIdt(0, 0);
    __asm__ volatile("xorl %esp, %esp\n\tud2");
}
