/* SPDX-License-Identifier: MIT */
/*
 * Odd instructions, one by one: what each leaves in registers and memory, or which exception it
 * raises, with which error code.  The lines are compared between the machines.
 *
 * Each runs between an interrupt table of its own being loaded and the kernel's being loaded
 * again, with interrupts off.
 */
#include <ntddk.h>

#pragma pack(push, 1)
struct table {
    USHORT limit;
    ULONG64 base;
};
#pragma pack(pop)

/* What the assembly below shares. */
struct outcome {
    ULONG64 vector, error, rip, flags, rsp; /* vector 99: no exception */
    ULONG64 rax, rcx, rdx, rsi, rdi;
} Outcome;
VOID *RunStack;
UCHAR Buffer[256] __attribute__((aligned(64)));
UCHAR *Edge; /* the last byte before a page that is not there */

/* OddRun(rcx = code): with registers that are known. */
__asm__(".text\n"
        "OddRun: pushq %rbx\n\tpushq %rbp\n\tpushq %rsi\n\tpushq %rdi\n\t"
        "pushq %r12\n\tpushq %r13\n\tpushq %r14\n\tpushq %r15\n\t"
        "subq $0x408, %rsp\n\t"
        "movq %rsp, RunStack(%rip)\n\t"
        "movq %rcx, %r15\n\t"
        "movabsq $0x1122334455667788, %rax\n\t"
        "movl $3, %ecx\n\t"
        "movl $5, %edx\n\t"
        "leaq Buffer(%rip), %rdi\n\t"
        "leaq 128(%rdi), %rsi\n\t"
        "movabsq $0x8000000000000000, %r14\n\t" /* not canonical */
        "movq Edge(%rip), %r13\n\t"
        "pushq $0x2\n\tpopfq\n\t"
        "call *%r15\n\t"
        "movq %rax, Outcome+40(%rip)\n\t"
        "movl $99, %eax\n\t"
        "movq %rax, Outcome(%rip)\n\t"
        "xorl %eax, %eax\n\t"
        "pushfq\n\tpopq %rax\n\t"
        "xorl %eax, %eax\n\t"
        "jmp 2f\n"
        "OddTrap: popq Outcome(%rip)\n\t" /* vector; what lies behind it is the error code */
        "popq Outcome+8(%rip)\n\t"
        "popq Outcome+16(%rip)\n\t"
        "popq %rbx\n\t"
        "popq Outcome+24(%rip)\n\t"
        "popq Outcome+32(%rip)\n\t"
        "movq %rax, Outcome+40(%rip)\n"
        "2: movq %rcx, Outcome+48(%rip)\n\t"
        "movq %rdx, Outcome+56(%rip)\n\t"
        "movq %rsi, Outcome+64(%rip)\n\t"
        "movq %rdi, Outcome+72(%rip)\n\t"
        "movq RunStack(%rip), %rsp\n\t"
        "cld\n\t"
        "addq $0x408, %rsp\n\t"
        "popq %r15\n\tpopq %r14\n\tpopq %r13\n\tpopq %r12\n\t"
        "popq %rdi\n\tpopq %rsi\n\tpopq %rbp\n\tpopq %rbx\n\t"
        "ret\n"
        ".balign 16\n"
        "OddStubs:\n"
        ".set vector, 0\n"
        ".rept 256\n"
        ".balign 16\n"
        ".if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)\n"
        "pushq $0\n"
        ".endif\n"
        "pushq $vector\n"
        "jmp OddTrap\n"
        ".set vector, vector + 1\n"
        ".endr\n");

extern VOID OddRun(const VOID *Code);
extern UCHAR OddStubs[];

#define ODD(Name, Text) __asm__(".text\n.balign 16\n" #Name ": " Text "\n\tret\n");
#include "instructions.h"
#undef ODD

#define ODD(Name, Text) extern const UCHAR Name[];
#include "instructions.h"
#undef ODD

static const struct {
    const char *name;
    const UCHAR *code;
} Table[] = {
#define ODD(Name, Text) {#Name, Name},
#include "instructions.h"
#undef ODD
};

static struct {
    USHORT offset0, selector, attributes, offset16;
    ULONG offset32, reserved;
} Gates[256];

static VOID MakeGates(VOID)
{
    USHORT selector;

    __asm__ volatile("mov %%cs, %0" : "=r"(selector));
    for (ULONG i = 0; i < 256; i++) {
        const ULONG64 handler = (ULONG64)(OddStubs + i * 16);
        Gates[i].offset0 = (USHORT)handler;
        Gates[i].selector = selector;
        Gates[i].attributes = i == 8 ? 0x8E02 : 0x8E00; /* a double fault has its own stack */
        Gates[i].offset16 = (USHORT)(handler >> 16);
        Gates[i].offset32 = (ULONG)(handler >> 32);
    }
}

static VOID Run(const UCHAR *Code)
{
    const struct table own = {sizeof(Gates) - 1, (ULONG64)Gates};
    struct table kernel;
    ULONG64 flags, cr0;
    ULONG data;

    for (ULONG i = 0; i < sizeof(Buffer); i++) {
        Buffer[i] = (UCHAR)(i * 7 + 1);
    }
    RtlZeroMemory(&Outcome, sizeof(Outcome));
    __asm__ volatile("pushfq\n\tpopq %0\n\tcli\n\tsidt %1\n\tmovq %%cr0, %2\n\tmovl %%ds, %3"
                     : "=r"(flags), "=m"(kernel), "=r"(cr0), "=r"(data));
    __asm__ volatile("lidt %0" : : "m"(own));
    __asm__ volatile("fninit\n\tclts");
    OddRun(Code);
    __asm__ volatile("movq %0, %%cr0\n\tfninit\n\tlidt %1\n\t"
                     "movl %3, %%ds\n\tmovl %3, %%es\n\tmovl %3, %%ss\n\tpushq %2\n\tpopfq"
                     : : "r"(cr0), "m"(kernel), "r"(flags), "r"(data) : "memory", "cc");
}

/* Relative: a value that does not depend on where things are. */
static ULONG64 Relative(ULONG64 Value, const UCHAR *Code)
{
    if (Value - (ULONG64)Code < 64) {
        return 0xC0DE0000 + (Value - (ULONG64)Code);
    }
    if (Value - (ULONG64)Buffer < sizeof(Buffer) + 64) {
        return 0xB0FF0000 + (Value - (ULONG64)Buffer);
    }
    if (Value - (ULONG64)Edge + 64 < 0x1000) {
        return 0xED6E0000 + (Value - (ULONG64)Edge);
    }
    return Value - (ULONG64)RunStack + 0x800 < 0x1000 ? 0x57AC0000 + (Value - (ULONG64)RunStack) : Value;
}

static VOID Show(const char *Name, const UCHAR *Code)
{
    ULONG sum = 0;

    for (ULONG i = 0; i < sizeof(Buffer); i++) {
        sum = (sum << 5 | sum >> 27) ^ Buffer[i];
    }
    DbgPrint("%s: vector %I64u error %I64x rip %I64x rax %I64x rcx %I64x rdx %I64x rsi %I64x rdi "
             "%I64x buffer %x\n",
             Name, Outcome.vector, Outcome.error, Relative(Outcome.rip, Code),
             Relative(Outcome.rax, Code), Relative(Outcome.rcx, Code), Relative(Outcome.rdx, Code),
             Relative(Outcome.rsi, Code), Relative(Outcome.rdi, Code), sum);
}

/* FindEdge: the last byte of the stack, behind which nothing is mapped. */
static UCHAR *FindEdge(VOID)
{
    UCHAR *page = (UCHAR *)((ULONG64)__builtin_frame_address(0) & ~0xFFFull);

    while (MmIsAddressValid(page + 0x1000)) {
        page += 0x1000;
    }
    return page + 0xFFF;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    MakeGates();
    Edge = FindEdge();
    for (ULONG i = 0; i < sizeof(Table) / sizeof(Table[0]); i++) {
        Run(Table[i].code);
        Show(Table[i].name, Table[i].code);
    }
    return STATUS_SUCCESS;
}
