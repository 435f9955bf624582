/* SPDX-License-Identifier: MIT */
/* C11: a DPC that calls, on a processor whose interrupted code is about to call or waits for its turn, is served. */
#include "contract.h"

#define ROUNDS 200

static CONTRACT_WORK Work;
static KDPC Over;
static volatile LONG Runs;
static volatile LONG OverRuns;
static volatile LONG OverCalls;

static ULONG_PTR NTAPI CountRun(ULONG_PTR Argument)
{
    InterlockedIncrement((volatile LONG *)Argument);
    return 0;
}

/* The other processor's calls leave a DPC on processor 0, which runs as soon as IRQL allows. */
static ULONG_PTR NTAPI LeaveDpc(ULONG_PTR Argument)
{
    if (ContractIndex() == 0) {
        KeInsertQueueDpc(&Over, NULL, NULL);
    }
    InterlockedIncrement((volatile LONG *)Argument);
    return 0;
}

static VOID NTAPI OverDpc(PKDPC Dpc, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    KeIpiGenericCall(CountRun, (ULONG_PTR)&OverRuns);
    OverCalls++;
}

static VOID CallMany(PVOID Context)
{
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        KeIpiGenericCall(LeaveDpc, (ULONG_PTR)Context);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    LONG Calls = 0;
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeDpc(&Over, OverDpc, NULL);
    if (Count > 1) {
        ContractStart(&Work, Count - 1, CallMany, (PVOID)&Runs);
        while (!Work.Done) {
            KeIpiGenericCall(CountRun, (ULONG_PTR)&Runs);
            Calls++;
        }
    }
    KeFlushQueuedDpcs();
    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    CHECK(Count == 1 || OverCalls > 0);
    CHECK_EQUAL(OverRuns, OverCalls * Count);
    CHECK_EQUAL(Runs, Count == 1 ? 0 : (Calls + ROUNDS) * Count);
    KeLowerIrql(Old);
    return CONTRACT_RESULT();
}
