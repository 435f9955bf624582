/* SPDX-License-Identifier: MIT */
/* Attacks on the interrupt, descriptor and task tables. */
#include "hostile.h"

/* Loads a descriptor table that is not there, then needs it. */
static VOID GdtNowhere(VOID)
{
    WriteGdt(0xFF, 0xFFFF900012345000ull);
    __asm__ volatile("movl $0x18, %%eax\n\tmovl %%eax, %%ds" : : : "eax");
}

/* Fills the descriptor table with random numbers, then needs it. */
static VOID GdtRandom(VOID)
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

/* Fills the descriptor table with zeros, then needs it. */
static VOID GdtZero(VOID)
{
    struct table gdt = ReadGdt();

    Unprotect();
    Fill((VOID *)gdt.base, 0, gdt.limit + 1u);
    __asm__ volatile("int3");
}

/* Loads an interrupt table without gates. */
static VOID IdtEmpty(VOID)
{
    WriteIdt(0, 0);
    __asm__ volatile("int3");
}

static VOID IdtEmptyEverywhereRoutine(VOID)
{
    WriteIdt(0, 0);
}

/* Every processor loads an interrupt table without gates. */
static VOID IdtEmptyEverywhere(VOID)
{
    Everywhere(IdtEmptyEverywhereRoutine);
}

/* Loads an interrupt table at an address that no processor has. */
static VOID IdtNoncanonical(VOID)
{
    WriteIdt(0xFFF, 0x8000000000000000ull);
    __asm__ volatile("ud2");
}

/* Loads an interrupt table that is not there. */
static VOID IdtNowhere(VOID)
{
    WriteIdt(0xFFF, 0xFFFF900012345000ull);
    __asm__ volatile("ud2");
}

static struct {
    USHORT offset0, selector, attributes, offset16;
    ULONG offset32, reserved;
} IdtOwnTable[256];

static VOID IdtOwnHandler(VOID)
{
    __asm__ volatile("0: pause\n\tjmp 0b");
}

/* Loads an interrupt table of its own, whose handler never returns. */
static VOID IdtOwn(VOID)
{
    const ULONG64 handler = (ULONG64)(ULONG_PTR)&IdtOwnHandler;
    USHORT selector;

    __asm__ volatile("mov %%cs, %0" : "=r"(selector));
    for (ULONG i = 0; i < 256; i++) {
        IdtOwnTable[i].offset0 = (USHORT)handler;
        IdtOwnTable[i].selector = selector;
        IdtOwnTable[i].attributes = 0x8E00;
        IdtOwnTable[i].offset16 = (USHORT)(handler >> 16);
        IdtOwnTable[i].offset32 = (ULONG)(handler >> 32);
    }
    WriteIdt(sizeof(IdtOwnTable) - 1, (ULONG64)IdtOwnTable);
    __asm__ volatile("int3");
}

static ULONG64 IdtRandomTable[512];

/* Loads an interrupt table of random numbers. */
static VOID IdtRandom(VOID)
{
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < 512; i++) {
        IdtRandomTable[i] = Next(&state);
    }
    WriteIdt(0xFFF, (ULONG64)IdtRandomTable);
    for (;;) {
    }
}

/* Fills the interrupt table with zeros, then needs it. */
static VOID IdtZero(VOID)
{
    struct table idt = ReadIdt();

    Unprotect();
    Fill((VOID *)idt.base, 0, idt.limit + 1u);
    __asm__ volatile("int3");
}

static VOID IdtZeroEverywhereRoutine(VOID)
{
    struct table idt = ReadIdt();

    Fill((VOID *)idt.base, 0, idt.limit + 1u);
}

/* Every processor fills its interrupt table with zeros. */
static VOID IdtZeroEverywhere(VOID)
{
    Everywhere(IdtZeroEverywhereRoutine);
}

/* Triple-faults. */
static VOID TripleFault(VOID)
{
    WriteIdt(0, 0);
    __asm__ volatile("xorl %esp, %esp\n\tud2");
}

/* Loads a task register that names no task. */
static VOID TssBad(VOID)
{
    __asm__ volatile("movl $0x10, %%eax\n\tltr %%ax" : : : "eax");
}

/* The stacks for a double fault and an NMI are nowhere. */
static VOID TssStacks(VOID)
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

static const struct attack Attacks[] = {
    {"gdt_nowhere", GdtNowhere},
    {"gdt_random", GdtRandom},
    {"gdt_zero", GdtZero},
    {"idt_empty", IdtEmpty},
    {"idt_empty_everywhere", IdtEmptyEverywhere},
    {"idt_noncanonical", IdtNoncanonical},
    {"idt_nowhere", IdtNowhere},
    {"idt_own", IdtOwn},
    {"idt_random", IdtRandom},
    {"idt_zero", IdtZero},
    {"idt_zero_everywhere", IdtZeroEverywhere},
    {"triple_fault", TripleFault},
    {"tss_bad", TssBad},
    {"tss_stacks", TssStacks},
};

ATTACKS(Attacks)
