/* SPDX-License-Identifier: MIT */
/* Halts for ever. */
#include "hostile.h"

static VOID Attack(VOID)
{
    for (;;) {
        __asm__ volatile("hlt");
    }
}
