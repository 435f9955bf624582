/* SPDX-License-Identifier: MIT */
/* Returns to user mode. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile(".byte 0x48, 0x0F, 0x07" : : "c"(0)); /* sysretq */
}
