/* SPDX-License-Identifier: MIT */
/* The stacks for a double fault and an NMI are nowhere. */
#include "hostile.h"

static VOID Attack(VOID)
{
    const struct table gdt = ReadGdt();
    const UCHAR *descriptor;
    ULONG64 base;
    USHORT selector;

    __asm__ volatile("str %0" : "=r"(selector));
    descriptor = (UCHAR *)gdt.base + (selector & ~7u);
    base = *(ULONG *)(descriptor + 2) & 0xFFFFFF;
    base |= (ULONG64)descriptor[7] << 24 | (ULONG64) * (ULONG *)(descriptor + 8) << 32;
    for (ULONG i = 0; i < 8; i++) {
        *(volatile ULONG *)(base + 36 + i * 8) = 0x12345670;
        *(volatile ULONG *)(base + 40 + i * 8) = 0xFFFF9000;
    }
    __asm__ volatile("xorl %esp, %esp\n\tpushq %rax");
}
