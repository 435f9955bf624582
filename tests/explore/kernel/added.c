/* SPDX-License-Identifier: MIT */
/*
 * added.c: processors are added while others call: each takes part in every call that begins when
 * it is counted, and in none before.
 */
#include "../../contract/contract.h"

#define CALLERS 2

typedef struct _CALL {
    volatile LONG Runs;
    volatile LONG Counted; /* how many processors there were, as every routine saw it */
} CALL;

static CONTRACT_WORK Works[CALLERS + 1];
static volatile LONG Stop;
static ULONG Maximum, Callers;

static ULONG_PTR NTAPI Routine(ULONG_PTR Context)
{
    CALL *Call = (CALL *)Context;
    LONG Count = (LONG)ContractProcessors();
    LONG Before = InterlockedCompareExchange(&Call->Counted, Count, 0);

    CHECK(Before == 0 || Before == Count);
    CHECK(ContractIndex() < (ULONG)Count);
    InterlockedIncrement(&Call->Runs);
    return Context;
}

/* A call runs on those that are counted while it runs, and the count only grows. */
static VOID CallOnce(VOID)
{
    CALL Call = { 0, 0 };
    LONG Before = (LONG)ContractProcessors();
    LONG After;

    CHECK_EQUAL(KeIpiGenericCall(Routine, (ULONG_PTR)&Call), (ULONG_PTR)&Call);
    After = (LONG)ContractProcessors();
    CHECK_EQUAL(Call.Runs, Call.Counted);
    CHECK(Before <= Call.Runs && Call.Runs <= After);
}

static VOID CallOnAndOn(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (!Stop) {
        CallOnce();
        for (ULONG Turn = 0; Turn < 20; Turn++) {
            YieldProcessor();
        }
    }
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    InterlockedExchange(&Stop, 1);
    for (ULONG Index = 1; Index <= Callers; Index++) {
        ContractAwait(&Works[Index].Done, 1);
    }
    CHECK_EQUAL(ContractProcessors(), Maximum);
    CallOnce();
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    Maximum = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS);
    Callers = Count - 1 < CALLERS ? Count - 1 : CALLERS;
    for (ULONG Index = 1; Maximum > Count && Index <= Callers; Index++) {
        ContractStart(&Works[Index], Index, CallOnAndOn, NULL);
    }
    if (Maximum == Count) {
        Callers = 0;
    }
    return CONTRACT_RESULT();
}
