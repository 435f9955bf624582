/* SPDX-License-Identifier: MIT */
/*
 * C17: a processor added at run time is counted exactly when its addition is complete, and takes
 * part in every call that begins from then on, in none before; calls go on all the time.
 */
#include "contract.h"

#define CALLERS 3

typedef struct _CALL {
    volatile LONG Runs;
    volatile LONG Counted; /* how many processors there were, as every routine saw it */
} CALL;

static CONTRACT_WORK Works[CALLERS + 1];
static CONTRACT_WORK NewWork;
static volatile LONG Stop;
static volatile LONG Calls;
static ULONG Maximum;
static ULONG Callers;
static ULONG Completed;
static PVOID Handle;

static ULONG_PTR NTAPI Routine(ULONG_PTR Context)
{
    CALL *Call = (CALL *)Context;
    LONG Count = (LONG)ContractProcessors();
    LONG Before = InterlockedCompareExchange(&Call->Counted, Count, 0);

    CHECK(Before == 0 || Before == Count);
    CHECK(ContractIndex() < (ULONG)Count);
    InterlockedIncrement(&Call->Runs);
    return 0;
}

/* A call runs on those that are counted while it runs, and the count only grows. */
static VOID CallOnce(VOID)
{
    CALL Call = { 0, 0 };
    LONG Before = (LONG)ContractProcessors();
    LONG After;

    KeIpiGenericCall(Routine, (ULONG_PTR)&Call);
    After = (LONG)ContractProcessors();
    CHECK_EQUAL(Call.Runs, Call.Counted);
    CHECK(Before <= Call.Runs && Call.Runs <= After);
    InterlockedIncrement(&Calls);
}

static VOID CallOnAndOn(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (!Stop) {
        CallOnce();
    }
}

/* On the new processor. */
static VOID CallFromThere(PVOID Context)
{
    CHECK_EQUAL(ContractIndex(), (ULONG_PTR)Context);
    CallOnce();
}

/* It is not there yet, under no name. */
static VOID CheckAbsent(ULONG Index, PPROCESSOR_NUMBER Number)
{
    PROCESSOR_NUMBER Other;
    KDPC Dpc;

    CHECK_EQUAL(ContractProcessors(), Index);
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Other), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(KeGetProcessorIndexFromNumber(Number), INVALID_PROCESSOR_INDEX);
    CHECK_EQUAL(KeQueryGroupAffinity(Number->Group) >> Number->Number, 0);
    CHECK_EQUAL(KeQueryActiveProcessorCountEx(Number->Group), Number->Number);
    KeInitializeDpc(&Dpc, ContractWorkDpc, NULL);
    CHECK(!NT_SUCCESS(KeSetTargetProcessorDpcEx(&Dpc, Number)));
}

/* It is there, under all its names, and does what a processor does. */
static VOID CheckPresent(ULONG Index, PPROCESSOR_NUMBER Number)
{
    PROCESSOR_NUMBER Other;

    CHECK_EQUAL(ContractProcessors(), Index + 1);
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Other), STATUS_SUCCESS);
    CHECK(RtlCompareMemory(&Other, Number, sizeof(Other)) == sizeof(Other));
    CHECK_EQUAL(KeGetProcessorIndexFromNumber(Number), Index);
    CHECK_EQUAL(KeQueryGroupAffinity(Number->Group) >> Number->Number, 1);
    CHECK_EQUAL(KeQueryActiveProcessorCountEx(Number->Group), Number->Number + 1u);
    CHECK_EQUAL(KeQueryActiveGroupCount(), Number->Group + 1u);
    ContractStart(&NewWork, Index, CallFromThere, (PVOID)(ULONG_PTR)Index);
    ContractAwait(&NewWork.Done, 1);
}

static VOID NTAPI Changed(PVOID Context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change,
                          PNTSTATUS OperationStatus)
{
    LONG Seen = Calls;

    UNREFERENCED_PARAMETER(Context);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK_EQUAL(*OperationStatus, STATUS_SUCCESS);
    CHECK_EQUAL(KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS), Maximum);
    CHECK_EQUAL(Change->NtNumber,
                ContractProcessors() - (Change->State == KeProcessorAddCompleteNotify));
    CallOnce();
    while (Callers != 0 && Calls < Seen + 4) {
        YieldProcessor(); /* the others go on calling */
    }
    if (Change->State == KeProcessorAddStartNotify) {
        CheckAbsent(Change->NtNumber, &Change->ProcNumber);
    } else {
        CHECK_EQUAL(Change->State, KeProcessorAddCompleteNotify);
        CheckPresent(Change->NtNumber, &Change->ProcNumber);
        Completed++;
    }
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    KeDeregisterProcessorChangeCallback(Handle);
    InterlockedExchange(&Stop, 1);
    for (ULONG Index = 1; Index <= Callers; Index++) {
        ContractAwait(&Works[Index].Done, 1);
    }
    CallOnce();
    CHECK_EQUAL(ContractProcessors(), Maximum);
    CHECK(Completed != 0);
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    Maximum = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS);
    CHECK(Maximum > Count);
    Handle = KeRegisterProcessorChangeCallback(Changed, NULL, 0);
    CHECK(Handle != NULL);
    Callers = Count - 1 < CALLERS ? Count - 1 : CALLERS;
    for (ULONG Index = 1; Index <= Callers; Index++) {
        ContractStart(&Works[Index], Index, CallOnAndOn, NULL);
    }
    return CONTRACT_RESULT();
}
