/* SPDX-License-Identifier: MIT */
/* Loads an interrupt table of its own, whose handler never returns. */
#include "hostile.h"

static struct {
    USHORT offset0, selector, attributes, offset16;
    ULONG offset32, reserved;
} Table[256];

static VOID Handler(VOID)
{
    __asm__ volatile("0: pause\n\tjmp 0b");
}

static VOID Attack(VOID)
{
    const ULONG64 handler = (ULONG64)(ULONG_PTR)&Handler;
    USHORT selector;

    __asm__ volatile("mov %%cs, %0" : "=r"(selector));
    for (ULONG i = 0; i < 256; i++) {
        Table[i].offset0 = (USHORT)handler;
        Table[i].selector = selector;
        Table[i].attributes = 0x8E00;
        Table[i].offset16 = (USHORT)(handler >> 16);
        Table[i].offset32 = (ULONG)(handler >> 32);
    }
    WriteIdt(sizeof(Table) - 1, (ULONG64)Table);
    __asm__ volatile("int3");
}
