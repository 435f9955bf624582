/* SPDX-License-Identifier: MIT */
/* Calls through a far pointer to nowhere. */
#include "hostile.h"

static VOID Attack(VOID)
{
    struct {
        ULONG offset;
        USHORT selector;
    } target = {0x1000, 0x10};

    __asm__ volatile("lcall *%0" : : "m"(target));
}
