/* SPDX-License-Identifier: MIT */
/* Sets bits of MXCSR that do not exist. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static const ULONG Control = 0xFFFFFFFF;

    __asm__ volatile("ldmxcsr %0" : : "m"(Control));
}
