/* SPDX-License-Identifier: MIT */
/*
 * C17: who registers for added processors while one is being added waits until it is there, without
 * holding up the addition, and hears of each processor exactly once.
 */
#include "contract.h"

#define MAXIMUM 64

static ULONG Starts[MAXIMUM], Completes[MAXIMUM];
static HANDLE Thread;
static PVOID First, Second;
static volatile LONG Asked;

static VOID NTAPI Count(PVOID Context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change,
                        PNTSTATUS OperationStatus)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(OperationStatus);
    CHECK(Change->State != KeProcessorAddFailureNotify);
    (Change->State == KeProcessorAddStartNotify ? Starts : Completes)[Change->NtNumber]++;
}

/* Of a higher priority than the thread that adds, and on its processor. */
static VOID NTAPI Register(PVOID Context)
{
    KeSetSystemAffinityThread(1);
    KeSetPriorityThread(KeGetCurrentThread(), HIGH_PRIORITY);
    InterlockedExchange(&Asked, 1);
    Second = KeRegisterProcessorChangeCallback(Count, Context, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(Second != NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID NTAPI Changed(PVOID Context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change,
                          PNTSTATUS OperationStatus)
{
    LARGE_INTEGER Moment = { .QuadPart = -10000 };

    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(OperationStatus);
    if (Change->State == KeProcessorAddStartNotify && Thread == NULL) {
        KeSetSystemAffinityThread(1);
        CHECK_EQUAL(
            PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Register, NULL),
            STATUS_SUCCESS);
        while (!Asked) {
            KeDelayExecutionThread(KernelMode, FALSE, &Moment);
        }
        KeRevertToUserAffinityThread();
    }
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    ULONG Processors = ContractProcessors();
    PVOID Object;

    UNREFERENCED_PARAMETER(DriverObject);
    CHECK_EQUAL(ObReferenceObjectByHandle(Thread, SYNCHRONIZE, NULL, KernelMode, &Object, NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    ObDereferenceObject(Object);
    ZwClose(Thread);
    KeDeregisterProcessorChangeCallback(First);
    KeDeregisterProcessorChangeCallback(Second);
    CHECK_EQUAL(Processors, KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS));
    for (ULONG Index = 0; Index < MAXIMUM; Index++) {
        CHECK_EQUAL(Starts[Index], Index < Processors);
        CHECK_EQUAL(Completes[Index], Index < Processors);
    }
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    First = KeRegisterProcessorChangeCallback(Changed, NULL, 0);
    CHECK(First != NULL);
    return CONTRACT_RESULT();
}
