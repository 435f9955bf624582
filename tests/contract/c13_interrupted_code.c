/* SPDX-License-Identifier: MIT */
/* C13: code that a call interrupts keeps every register, flag, XMM register and MXCSR, under a storm of calls. */
#include "registers.h"

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

static VOID InterruptedCode(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    InterlockedExchange(&Working, 1);
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
        InterlockedExchange(&Stop, 1);
        ContractAwait(&Work.Done, 1);
    }
    return CONTRACT_RESULT();
}
