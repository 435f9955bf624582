/* SPDX-License-Identifier: MIT */
/*
 * over_callers.c: a DPC interrupts code that is about to call, waits for its turn or holds a spin
 * lock, and calls itself, while others call, too: all of them are served.
 */
#include "../../contract/contract.h"

#define ROUNDS 3

static CONTRACT_WORK Work;
static KDPC Over;
static volatile LONG Runs;
static volatile LONG OverRuns;
static volatile LONG OverCalls;

static ULONG_PTR NTAPI CountRun(ULONG_PTR Counter)
{
    InterlockedIncrement((volatile LONG *)Counter);
    return Counter;
}

/* The other processor's calls leave a DPC on processor 0, which runs as soon as IRQL allows. */
static ULONG_PTR NTAPI LeaveDpc(ULONG_PTR Counter)
{
    if (ContractIndex() == 0) {
        KeInsertQueueDpc(&Over, NULL, NULL);
    }
    return CountRun(Counter);
}

static VOID NTAPI OverDpc(PKDPC Dpc, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    CHECK_EQUAL(KeIpiGenericCall(CountRun, (ULONG_PTR)&OverRuns), (ULONG_PTR)&OverRuns);
    InterlockedIncrement(&OverCalls);
}

static VOID CallMany(PVOID Context)
{
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        CHECK_EQUAL(KeIpiGenericCall(LeaveDpc, (ULONG_PTR)Context), (ULONG_PTR)Context);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LONG Count = (LONG)ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeDpc(&Over, OverDpc, NULL);
    ContractStart(&Work, (ULONG)Count - 1, CallMany, (PVOID)&Runs);
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        CHECK_EQUAL(KeIpiGenericCall(CountRun, (ULONG_PTR)&Runs), (ULONG_PTR)&Runs);
        CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    }
    ContractAwait(&Work.Done, 1);
    KeFlushQueuedDpcs();
    CHECK(OverCalls > 0);
    CHECK_EQUAL(OverRuns, OverCalls * Count);
    CHECK_EQUAL(Runs, 2 * ROUNDS * Count);
    return CONTRACT_RESULT();
}
