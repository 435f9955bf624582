/* SPDX-License-Identifier: MIT */
/* Loads an interrupt table without gates. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteIdt(0, 0);
    __asm__ volatile("int3");
}
