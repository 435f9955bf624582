/* SPDX-License-Identifier: MIT */
/* registers.h: code that notices if any register that it uses is changed behind its back. */
#pragma once

#include "contract.h"

/*
 * Count a number in every register at once; each turn compares them all, and keeps the carry and the direction flag
 * set across the place where the interrupt most often hits.  Returns the number of differences.
 */
static ULONG64 CountInEveryRegister(volatile LONG *StopWord, volatile LONG64 *TurnsWord)
{
    ULONG64 Bad;
    ULONG CsrBefore = 0x3F80, CsrAfter, CsrDefault = 0x1F80;

    __asm__ volatile("ldmxcsr %0" ::"m"(CsrBefore));
    __asm__ volatile(
        "push %%rbp\n\t"
        "mov %[stop], %%r14\n\tmov %[turns], %%r15\n\t"
        "xor %%eax, %%eax\n\txor %%ebx, %%ebx\n\txor %%ecx, %%ecx\n\txor %%edx, %%edx\n\txor %%esi, %%esi\n\t"
        "xor %%edi, %%edi\n\txor %%ebp, %%ebp\n\txor %%r8d, %%r8d\n\txor %%r9d, %%r9d\n\txor %%r10d, %%r10d\n\t"
        "xor %%r11d, %%r11d\n\txor %%r12d, %%r12d\n\txor %%r13d, %%r13d\n"
        "2:\tinc %%rax\n\tinc %%rbx\n\tinc %%rcx\n\tinc %%rdx\n\tinc %%rsi\n\tinc %%rdi\n\tinc %%rbp\n\tinc %%r8\n\t"
        "inc %%r9\n\tinc %%r10\n\tinc %%r11\n\tinc %%r12\n\t"
        "movq %%rax, %%xmm0\n\tmovq %%rax, %%xmm1\n\tmovq %%rax, %%xmm2\n\tmovq %%rax, %%xmm3\n\tmovq %%rax, %%xmm4\n\t"
        "movq %%rax, %%xmm5\n\tmovq %%rax, %%xmm6\n\tmovq %%rax, %%xmm7\n\tmovq %%rax, %%xmm8\n\tmovq %%rax, %%xmm9\n\t"
        "movq %%rax, %%xmm10\n\tmovq %%rax, %%xmm11\n\tmovq %%rax, %%xmm12\n\tmovq %%rax, %%xmm13\n\t"
        "movq %%rax, %%xmm14\n\tmovq %%rax, %%xmm15\n\t"
        "std\n\tstc\n\tpause\n\tjnc 8f\n\t" /* the carry flag is still set, and so is the direction flag: */
        "pushfq\n\tcld\n\ttestq $0x400, (%%rsp)\n\tlea 8(%%rsp), %%rsp\n\tjz 8f\n\t"
        "cmp %%rax, %%rbx\n\tjne 8f\n\tcmp %%rax, %%rcx\n\tjne 8f\n\tcmp %%rax, %%rdx\n\tjne 8f\n\t"
        "cmp %%rax, %%rsi\n\tjne 8f\n\tcmp %%rax, %%rdi\n\tjne 8f\n\tcmp %%rax, %%rbp\n\tjne 8f\n\t"
        "cmp %%rax, %%r8\n\tjne 8f\n\tcmp %%rax, %%r9\n\tjne 8f\n\tcmp %%rax, %%r10\n\tjne 8f\n\t"
        "cmp %%rax, %%r11\n\tjne 8f\n\tcmp %%rax, %%r12\n\tjne 8f\n\t"
        "paddq %%xmm1, %%xmm0\n\tpaddq %%xmm2, %%xmm0\n\tpaddq %%xmm3, %%xmm0\n\tpaddq %%xmm4, %%xmm0\n\t"
        "paddq %%xmm5, %%xmm0\n\tpaddq %%xmm6, %%xmm0\n\tpaddq %%xmm7, %%xmm0\n\tpaddq %%xmm8, %%xmm0\n\t"
        "paddq %%xmm9, %%xmm0\n\tpaddq %%xmm10, %%xmm0\n\tpaddq %%xmm11, %%xmm0\n\tpaddq %%xmm12, %%xmm0\n\t"
        "paddq %%xmm13, %%xmm0\n\tpaddq %%xmm14, %%xmm0\n\tpaddq %%xmm15, %%xmm0\n\tpsrlq $4, %%xmm0\n\t"
        "movq %%xmm0, %%r12\n\tcmp %%rax, %%r12\n\tjne 8f\n\t"
        "lock incq (%%r15)\n\tcmpl $0, (%%r14)\n\tje 2b\n\tjmp 9f\n"
        "8:\tcld\n\tinc %%r13\n9:\tmov %%r13, %[bad]\n\tpop %%rbp\n\t"
        : [bad] "=a"(Bad)
        : [stop] "r"(StopWord), [turns] "r"(TurnsWord)
        : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1",
          "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15", "memory", "cc");
    __asm__ volatile("stmxcsr %0" : "=m"(CsrAfter));
    __asm__ volatile("ldmxcsr %0" ::"m"(CsrDefault));
    return Bad + ((CsrAfter & 0xFFC0) != (CsrBefore & 0xFFC0) ? 1 : 0);
}
