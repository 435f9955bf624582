/* SPDX-License-Identifier: MIT */
/* Fills the descriptor table with random numbers, then needs it. */
#include "hostile.h"

static VOID Attack(VOID)
{
    struct table gdt = ReadGdt();
    ULONG64 state = 88172645463325252ull;

    Unprotect();
    for (ULONG i = 0; i < (gdt.limit + 1u) / 8; i++) {
        ((volatile ULONG64 *)gdt.base)[i] = Next(&state);
    }
    for (;;) {
        __asm__ volatile("int $0x2d" : : "a"(0), "c"(0), "d"(0));
    }
}
