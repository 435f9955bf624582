/* SPDX-License-Identifier: MIT */
/* Goes to 32-bit code, which is not there. */
#include "hostile.h"

static ULONG64 Gdt[64];

static VOID Attack(VOID)
{
    const struct table old = ReadGdt();

    for (ULONG i = 0; i < (old.limit + 1u) / 8; i++) {
        Gdt[i] = ((ULONG64 *)old.base)[i];
    }
    Gdt[60] = 0x00CF9B000000FFFFull; /* 32-bit code */
    WriteGdt(sizeof(Gdt) - 1, (ULONG64)Gdt);
    __asm__ volatile("pushq $0x1E0\n\tpushq $0x1000\n\tlretq");
}
