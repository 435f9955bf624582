/* SPDX-License-Identifier: MIT */
/* Far jumps and returns to wrong places. */
#include "hostile.h"

static ULONG64 CompatibilityGdt[64];

/* Goes to 32-bit code, which is not there. */
static VOID Compatibility(VOID)
{
    const struct table old = ReadGdt();

    for (ULONG i = 0; i < (old.limit + 1u) / 8; i++) {
        CompatibilityGdt[i] = ((ULONG64 *)old.base)[i];
    }
    CompatibilityGdt[60] = 0x00CF9B000000FFFFull; /* 32-bit code */
    WriteGdt(sizeof(CompatibilityGdt) - 1, (ULONG64)CompatibilityGdt);
    __asm__ volatile("pushq $0x1E0\n\tpushq $0x1000\n\tlretq");
}

/* Jumps through a far pointer without a selector. */
static VOID FarJumpNull(VOID)
{
    struct {
        ULONG offset;
        USHORT selector;
    } target = {0x1000, 0};

    __asm__ volatile("ljmp *%0" : : "m"(target));
}

/* Returns to a selector that does not exist. */
static VOID FarReturnBad(VOID)
{
    __asm__ volatile("pushq $0x7F8\n\tpushq $0x1000\n\tlretq");
}

/* Returns from an interrupt that never was, to junk. */
static VOID IretJunk(VOID)
{
    __asm__ volatile("pushq $-1\n\tpushq $-1\n\tpushq $-1\n\tpushq $-1\n\tpushq $-1\n\tiretq");
}

/* Returns from an interrupt to a task. */
static VOID IretNestedTask(VOID)
{
    __asm__ volatile("pushfq\n\torl $0x4000, (%rsp)\n\tpopfq\n\tiretq");
}

/* Returns from an interrupt that never was, to nowhere. */
static VOID IretNowhere(VOID)
{
    __asm__ volatile("movq %%ss, %%rax\n\tpushq %%rax\n\tpushq $0x1000\n\tpushq $0x202\n\tmovq %%cs, %%rax\n\tpushq %%rax\n\tpushq $0x2000\n\tiretq" : : : "rax");
}

static ULONG64 Ring3Gdt[64];

/* Returns to user mode by a descriptor of its own. */
static VOID Ring3(VOID)
{
    const struct table old = ReadGdt();

    for (ULONG i = 0; i < (old.limit + 1u) / 8; i++) {
        Ring3Gdt[i] = ((ULONG64 *)old.base)[i];
    }
    Ring3Gdt[60] = 0x0020FB0000000000ull; /* code, ring 3 */
    Ring3Gdt[61] = 0x00CFF3000000FFFFull; /* data, ring 3 */
    WriteGdt(sizeof(Ring3Gdt) - 1, (ULONG64)Ring3Gdt);
    __asm__ volatile("movq %%rsp, %%rax\n\t"
                     "pushq $0x1EB\n\tpushq %%rax\n\tpushq $0x202\n\tpushq $0x1E3\n\t"
                     "leaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tiretq\n"
                     "1: cli"
                     : : : "rax", "memory");
}

static const struct attack Attacks[] = {
    {"compatibility", Compatibility},
    {"far_jump_null", FarJumpNull},
    {"far_return_bad", FarReturnBad},
    {"iret_junk", IretJunk},
    {"iret_nested_task", IretNestedTask},
    {"iret_nowhere", IretNowhere},
    {"ring3", Ring3},
};

ATTACKS(Attacks)
