/* SPDX-License-Identifier: MIT */
/*
 * C17: a processor added at run time is counted exactly when its addition is complete, and takes
 * part in every call that begins from then on, in none before; calls go on all the time.
 */
#include "counted.h"

static CONTRACT_WORK NewWork;
static volatile LONG Calls;
static ULONG Maximum;
static ULONG Completed;
static PVOID Handle;

static VOID CallOnce(VOID)
{
    ContractCallCounted();
    InterlockedIncrement(&Calls);
}

static VOID CallOnAndOn(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (!ContractStop) {
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
    while (ContractCallers != 0 && Calls < Seen + 4) {
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
    ContractStopCallers();
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
    ContractStartCallers(CONTRACT_CALLERS, CallOnAndOn);
    return CONTRACT_RESULT();
}
