/* SPDX-License-Identifier: MIT */
/* C13: code that a call interrupts keeps every register, flag, XMM register and MXCSR, under a storm of calls. */
#include "contract.h"

#define CALLS 2000

static CONTRACT_WORK Work;
static volatile LONG Stop;
static volatile LONG Working;
static volatile LONG64 Turns;

/*
 * A routine that leaves every volatile register and the flags in a mess.
 */
static ULONG_PTR NTAPI Spoil(ULONG_PTR Argument)
{
    ULONG Csr = 0x1F80 ^ 0x6000;

    __asm__ volatile("mov $-1, %%rax\n\tmov $-2, %%rcx\n\tmov $-3, %%rdx\n\tmov $-4, %%r8\n\tmov $-5, %%r9\n\t"
                     "mov $-6, %%r10\n\tmov $-7, %%r11\n\tpcmpeqd %%xmm0, %%xmm0\n\tpcmpeqd %%xmm1, %%xmm1\n\t"
                     "pcmpeqd %%xmm2, %%xmm2\n\tpcmpeqd %%xmm3, %%xmm3\n\tpcmpeqd %%xmm4, %%xmm4\n\t"
                     "pcmpeqd %%xmm5, %%xmm5\n\tldmxcsr %0\n\tstc\n\tcmp $1, %%rax"
                     :
                     : "m"(Csr)
                     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                       "cc");
    return Argument;
}

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

static VOID InterruptedCode(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Working = 1;
    CHECK_EQUAL(CountInEveryRegister(&Stop, &Turns), 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    LONG64 Before;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (Count > 1) {
        ContractStart(&Work, Count - 1, InterruptedCode, NULL);
        ContractAwait(&Working, 1);
        Before = Turns;
        for (ULONG Call = 0; Call < CALLS; Call++) {
            KeIpiGenericCall(Spoil, Call);
        }
        CHECK(Work.Done || Turns > Before); /* it ran on between the calls, or has failed already */
        Stop = 1;
        ContractAwait(&Work.Done, 1);
    }
    return CONTRACT_RESULT();
}
