/* SPDX-License-Identifier: MIT */
/* moved.c: a thread that another one moves from processor to processor calls meanwhile. */
#include "../../contract/threads.h"

#define MAXIMUM 64
#define CALLS   4

static CONTRACT_THREAD Caller;
static volatile LONG Ran[MAXIMUM]; /* a processor's own */
static volatile LONG Stop;

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
        CHECK(KeIpiGenericCall(Routine, 0) < Count);
        for (ULONG Index = 0; Index < Count; Index++) {
            CHECK_EQUAL(Ran[Index], Number);
        }
    }
    InterlockedExchange(&Stop, 1);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Zero = {.QuadPart = 0};

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractStartThread(&Caller, Call, NULL);
    while (!Stop) {
        KeSetAffinityThread(Caller.Thread, (KAFFINITY)1 << KeGetCurrentProcessorNumber());
        KeDelayExecutionThread(KernelMode, FALSE, &Zero);
    }
    ContractJoinThread(&Caller);
    return CONTRACT_RESULT();
}
