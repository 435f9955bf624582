/* SPDX-License-Identifier: MIT */
/* Stacks that are none, and copies without end. */
#include "hostile.h"

/* Copies all memory upwards. */
static VOID MoveEverything(VOID)
{
    __asm__ volatile("rep movsb" : : "S"(MoveEverything), "D"((UCHAR *)MoveEverything + PAGE), "c"(~0ull) : "memory");
}

/* Copies beyond the end of the address space. */
static VOID MoveWraps(VOID)
{
    __asm__ volatile("rep movsb" : : "S"(0xFFFFFFFFFFFFF000ull), "D"(0xFFFFFFFFFFFFE000ull), "c"(~0ull) : "memory");
}

/* Makes the registers of its APIC its stack, and calls. */
static VOID StackApic(VOID)
{
    UCHAR *apic = Registers(0xFEE00000);

    __asm__ volatile("leaq 0x800(%0), %%rsp\n\tint3" : : "r"(apic));
}

/* Makes the registers of a device its stack. */
static VOID StackDevice(VOID)
{
    UCHAR *hpet = Registers(0xFED00000);

    __asm__ volatile("leaq 0xF00(%0), %%rsp\n\t0: pushq %%rax\n\tpopq %%rcx\n\tjmp 0b" : : "r"(hpet));
}

/* Pushes to a stack at an address that no processor has. */
static VOID StackNoncanonical(VOID)
{
    __asm__ volatile("movabsq $0x8000000000000000, %rsp\n\tpushq %rax");
}

/* Pops from a stack that ends with the address space. */
static VOID StackWraps(VOID)
{
    __asm__ volatile("movq $-4, %rsp\n\tpopq %rax");
}

/* Pushes to a stack at 0. */
static VOID StackZero(VOID)
{
    __asm__ volatile("xorl %esp, %esp\n\tpushq %rax");
}

/* Stores to all memory, downwards from its stack. */
static VOID StoreDown(VOID)
{
    UCHAR here = 0;

    Unprotect();
    __asm__ volatile("std\n\trep stosq" : : "D"((ULONG64)&here & ~7ull), "c"(~0ull), "a"(0) : "memory");
}

/* Stores to all memory, from its data on. */
static VOID StoreEverything(VOID)
{
    static UCHAR Data[16];

    Unprotect();
    Fill(Data, 0xA5, ~0ull);
}

static const struct attack Attacks[] = {
    {"move_everything", MoveEverything},
    {"move_wraps", MoveWraps},
    {"stack_apic", StackApic},
    {"stack_device", StackDevice},
    {"stack_noncanonical", StackNoncanonical},
    {"stack_wraps", StackWraps},
    {"stack_zero", StackZero},
    {"store_down", StoreDown},
    {"store_everything", StoreEverything},
};

ATTACKS(Attacks)
