/* SPDX-License-Identifier: MIT */
/* Returns to user mode by a descriptor of its own. */
#include "hostile.h"

static ULONG64 Gdt[64];

static VOID Attack(VOID)
{
    const struct table old = ReadGdt();

    for (ULONG i = 0; i < (old.limit + 1u) / 8; i++) {
        Gdt[i] = ((ULONG64 *)old.base)[i];
    }
    Gdt[60] = 0x0020FB0000000000ull; /* code, ring 3 */
    Gdt[61] = 0x00CFF3000000FFFFull; /* data, ring 3 */
    WriteGdt(sizeof(Gdt) - 1, (ULONG64)Gdt);
    __asm__ volatile("movq %%rsp, %%rax\n\t"
                     "pushq $0x1EB\n\tpushq %%rax\n\tpushq $0x202\n\tpushq $0x1E3\n\t"
                     "leaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tiretq\n"
                     "1: cli"
                     : : : "rax", "memory");
}
