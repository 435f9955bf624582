/* SPDX-License-Identifier: MIT */
/*
 * moved.c: a thread calls that another one moves to its own processor at about the same time: it
 * is bound to one for the whole of each call.
 */
#include "../../contract/threads.h"

#define MAXIMUM 64
#define CALLS   6

static CONTRACT_THREAD Caller;
static volatile LONG Ran[MAXIMUM]; /* a processor's own */
static volatile LONG About; /* the call that it is about to make */

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    Ran[ContractIndex()]++;
    return ContractIndex();
}

static VOID Call(PVOID Context)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(Context);
    for (LONG Number = 1; Number <= CALLS; Number++) {
        InterlockedExchange(&About, Number);
        CHECK(KeIpiGenericCall(Routine, 0) < Count);
        for (ULONG Index = 0; Index < Count; Index++) {
            CHECK_EQUAL(Ran[Index], Number);
        }
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Zero = {.QuadPart = 0};

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractStartThread(&Caller, Call, NULL);
    for (LONG Number = 1; Number <= CALLS; Number++) {
        for (ULONG Turn = 1; About < Number; Turn++) {
            YieldProcessor();
            if (Turn % 64 == 0) {
                KeDelayExecutionThread(KernelMode, FALSE, &Zero); /* it may have come to this one */
            }
        }
        KeSetAffinityThread(Caller.Thread, (KAFFINITY)1 << KeGetCurrentProcessorNumber());
        KeDelayExecutionThread(KernelMode, FALSE, &Zero);
    }
    ContractJoinThread(&Caller);
    return CONTRACT_RESULT();
}
