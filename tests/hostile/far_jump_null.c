/* SPDX-License-Identifier: MIT */
/* Jumps through a far pointer without a selector. */
#include "hostile.h"

static VOID Attack(VOID)
{
    struct {
        ULONG offset;
        USHORT selector;
    } target = {0x1000, 0};

    __asm__ volatile("ljmp *%0" : : "m"(target));
}
