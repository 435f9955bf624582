/* SPDX-License-Identifier: MIT */
/*
 * C17: a processor that a callback refuses is not added: those that were told before learn that it
 * failed and why, those after are not told, nobody counts it; the next one takes its index.
 */
#include "contract.h"

static ULONG Boot;
static ULONG Starts[3], Completes[3], Failures[3];
static PVOID Handles[3];

/* The second callback refuses the first processor. */
static VOID NTAPI Changed(PVOID Context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change,
                          PNTSTATUS OperationStatus)
{
    ULONG Who = (ULONG)(ULONG_PTR)Context;

    switch (Change->State) {
    case KeProcessorAddStartNotify:
        CHECK_EQUAL(ContractProcessors(), Change->NtNumber);
        CHECK_EQUAL(*OperationStatus, STATUS_SUCCESS);
        Starts[Who]++;
        if (Who == 1 && Starts[1] == 1) {
            CHECK_EQUAL(Change->NtNumber, Boot);
            *OperationStatus = STATUS_DEVICE_BUSY;
        }
        break;
    case KeProcessorAddCompleteNotify:
        CHECK_EQUAL(ContractProcessors(), Change->NtNumber + 1);
        Completes[Who]++;
        break;
    case KeProcessorAddFailureNotify:
        CHECK_EQUAL(Change->Status, STATUS_DEVICE_BUSY);
        CHECK_EQUAL(Change->NtNumber, Boot);
        CHECK_EQUAL(ContractProcessors(), Boot);
        *OperationStatus = STATUS_UNSUCCESSFUL; /* counts for nothing here */
        Failures[Who]++;
        break;
    }
}

static ULONG_PTR NTAPI Count(ULONG_PTR Context)
{
    InterlockedIncrement((volatile LONG *)Context);
    return 0;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    ULONG Held = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS) - Boot;
    volatile LONG Runs = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    CHECK_EQUAL(ContractProcessors(), Boot + Held - 1);
    KeIpiGenericCall(Count, (ULONG_PTR)&Runs);
    CHECK_EQUAL(Runs, Boot + Held - 1);
    for (ULONG Who = 0; Who < 3; Who++) {
        CHECK_EQUAL(Starts[Who], Who == 2 ? Held - 1 : Held);
        CHECK_EQUAL(Completes[Who], Held - 1);
        CHECK_EQUAL(Failures[Who], Who == 0);
        KeDeregisterProcessorChangeCallback(Handles[Who]);
    }
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    Boot = ContractProcessors();
    for (ULONG Who = 0; Who < 3; Who++) {
        Handles[Who] = KeRegisterProcessorChangeCallback(Changed, (PVOID)(ULONG_PTR)Who, 0);
        CHECK(Handles[Who] != NULL);
    }
    return CONTRACT_RESULT();
}
