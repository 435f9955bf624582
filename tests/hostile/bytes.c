/* SPDX-License-Identifier: MIT */
/* Executes bytes that run.py writes into its code, on one processor or on all. */
#include "hostile.h"

__asm__(".text\n"
        ".balign 4096\n"
        "BytesMark: .ascii \"bytes:\"\n"
        "BytesBegin: .fill 1018, 1, 0xC3\n");

extern VOID BytesBegin(VOID);

/* On one processor. */
static VOID Bytes(VOID)
{
    BytesBegin();
}

/*
 * What follows goes on behind every instruction that faults, so that many of the bytes come to run.
 */
VOID *OnwardStack, *OnwardPlace;
ULONG OnwardLeft;
struct table OnwardIdt;

__asm__("OnwardCoded: movq 8(%rsp), %rax\n\t" /* an exception with an error code */
        "jmp 1f\n"
        "OnwardPlain: movq (%rsp), %rax\n"
        "1: leaq BytesBegin(%rip), %rcx\n\t"
        "subq %rcx, %rax\n\t"
        "cmpq $1018, %rax\n\t"
        "jae OnwardOut\n\t"
        "addq %rcx, %rax\n\t"
        "movq %rax, OnwardPlace(%rip)\n"
        "OnwardOut: movq OnwardPlace(%rip), %rax\n\t" /* also where a return goes */
        "incq %rax\n\t"
        "movq %rax, OnwardPlace(%rip)\n\t"
        "leaq BytesBegin + 1018(%rip), %rcx\n\t"
        "movq OnwardStack(%rip), %rsp\n\t"
        "cld\n\t"
        "cmpq %rcx, %rax\n\t"
        "jae OnwardEnd\n\t"
        "decl OnwardLeft(%rip)\n\t"
        "js OnwardEnd\n\t"
        "leaq OnwardOut(%rip), %rcx\n\t"
        "movq %rcx, (%rsp)\n\t"
        "jmp *%rax\n"
        "OnwardBegin: pushq %rbx\n\t"
        "pushq %rbp\n\tpushq %rsi\n\tpushq %rdi\n\t"
        "pushq %r12\n\tpushq %r13\n\tpushq %r14\n\tpushq %r15\n\t"
        "subq $0x800, %rsp\n\t"
        "movq %rsp, OnwardStack(%rip)\n\t"
        "leaq BytesBegin(%rip), %rax\n\t"
        "movq %rax, OnwardPlace(%rip)\n\t"
        "jmp *%rax\n"
        "OnwardEnd: addq $0x800, %rsp\n\t"
        "popq %r15\n\tpopq %r14\n\tpopq %r13\n\tpopq %r12\n\t"
        "popq %rdi\n\tpopq %rsi\n\tpopq %rbp\n\tpopq %rbx\n\t"
        "ret\n");

extern VOID OnwardCoded(VOID), OnwardPlain(VOID), OnwardBegin(VOID);

static struct {
    USHORT offset0, selector, attributes, offset16;
    ULONG offset32, reserved;
} Gates[256];

/* Goes on behind the faults. */
static VOID BytesOnward(VOID)
{
    USHORT selector;

    __asm__ volatile("mov %%cs, %0" : "=r"(selector));
    for (ULONG i = 0; i < 256; i++) {
        const BOOLEAN coded = i == 8 || (i >= 10 && i <= 14) || i == 17;
        const ULONG64 handler = (ULONG64)(ULONG_PTR)(coded ? &OnwardCoded : &OnwardPlain);
        Gates[i].offset0 = (USHORT)handler;
        Gates[i].selector = selector;
        Gates[i].attributes = i & 1 ? 0x8F00 : i == 8 ? 0x8E02 : 0x8E00;
        Gates[i].offset16 = (USHORT)(handler >> 16);
        Gates[i].offset32 = (ULONG)(handler >> 32);
    }
    OnwardLeft = 3000;
    OnwardIdt = ReadIdt();
    WriteIdt(sizeof(Gates) - 1, (ULONG64)Gates);
    OnwardBegin();
    WriteIdt(OnwardIdt.limit, OnwardIdt.base);
    __asm__ volatile("sti");
    DbgPrint("%u left\n", OnwardLeft);
}

/* On all processors at once. */
static VOID BytesEverywhere(VOID)
{
    Everywhere(BytesBegin);
}

static const struct attack Attacks[] = {
    {"bytes", Bytes},
    {"bytes_everywhere", BytesEverywhere},
    {"bytes_onward", BytesOnward},
};

ATTACKS(Attacks)
