/* SPDX-License-Identifier: MIT */
/* C13: the routine begins with an aligned stack, a clear direction flag and the usual MXCSR, whatever it interrupts. */
#include "contract.h"

#define CALLS 300

static CONTRACT_WORK Work;
static volatile LONG Stop;
static volatile LONG Working;
static volatile LONG Runs;

/* Probe: the routine; hands its stack pointer, flags and MXCSR on to ProbeSeen. */
ULONG_PTR NTAPI Probe(ULONG_PTR Argument);
ULONG_PTR NTAPI ProbeSeen(ULONG_PTR Argument, ULONG64 Stack, ULONG64 Flags, ULONG Csr);

__asm__(".text\n"
        "Probe:\n\t"
        "mov %rsp, %rdx\n\t"
        "pushfq\n\tpop %r8\n\tcld\n\t"
        "push $0\n\tstmxcsr (%rsp)\n\tpop %r9\n\t"
        "jmp ProbeSeen\n");

ULONG_PTR NTAPI ProbeSeen(ULONG_PTR Argument, ULONG64 Stack, ULONG64 Flags, ULONG Csr)
{
    CHECK_EQUAL(Stack & 15, 8); /* the return address lies on it */
    CHECK_EQUAL(Flags & 0x400, 0);
    CHECK_EQUAL(Csr & 0xFFC0, 0x1F80);
    InterlockedIncrement(&Runs);
    return Argument;
}

/* Every alignment of the stack in turn, the direction flag set, another rounding mode. */
static VOID BeUnusual(PVOID Context)
{
    static ULONG Unusual = 0x7F80, Usual = 0x1F80; /* not on the stack, whose pointer moves */
    ULONG64 Turn = 0;

    UNREFERENCED_PARAMETER(Context);
    InterlockedExchange(&Working, 1);
    while (!Stop) {
        __asm__ volatile("mov %%rsp, %%rbx\n\tsub %0, %%rsp\n\tldmxcsr %1\n\tstd\n\tpause\n\tcld\n\t"
                         "ldmxcsr %2\n\tmov %%rbx, %%rsp"
                         :
                         : "r"(256 + Turn++ % 16), "m"(Unusual), "m"(Usual)
                         : "rbx", "memory", "cc");
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (Count > 1) {
        ContractStart(&Work, Count - 1, BeUnusual, NULL);
        ContractAwait(&Working, 1);
    }
    for (ULONG Call = 0; Call < CALLS; Call++) {
        CHECK_EQUAL(KeIpiGenericCall(Probe, Call), Call);
    }
    InterlockedExchange(&Stop, 1);
    if (Count > 1) {
        ContractAwait(&Work.Done, 1);
    }
    CHECK_EQUAL(Runs, CALLS * Count);
    return CONTRACT_RESULT();
}
