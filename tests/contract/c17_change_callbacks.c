/* SPDX-License-Identifier: MIT */
/*
 * C17: the callbacks for added processors are called in the order of their registration, before
 * and after each addition; on request also for the processors that exist; not once they are taken
 * back, even by themselves.
 */
#include "contract.h"

#define EVENTS 2048

/* What happened: who << 16 | state << 12 | processor. */
static ULONG Events[EVENTS];
static ULONG EventCount;
static ULONG Boot;
static PVOID First, Second, Once;

#define EVENT(Who, State, Index) ((ULONG)(Who) << 16 | (ULONG)(State) << 12 | (ULONG)(Index))

static VOID NTAPI Note(PVOID Context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change,
                       PNTSTATUS OperationStatus)
{
    PROCESSOR_NUMBER Number;

    CHECK_EQUAL(*OperationStatus, STATUS_SUCCESS);
    if (Change->State == KeProcessorAddCompleteNotify) {
        CHECK_EQUAL(KeGetProcessorNumberFromIndex(Change->NtNumber, &Number), STATUS_SUCCESS);
        CHECK_EQUAL(Number.Group, Change->ProcNumber.Group);
        CHECK_EQUAL(Number.Number, Change->ProcNumber.Number);
    }
    if (EventCount < EVENTS) {
        Events[EventCount++] = EVENT((ULONG_PTR)Context, Change->State, Change->NtNumber);
    }
}

/* Takes itself back at the first start, so the end is not for it any more. */
static VOID NTAPI NoteOnce(PVOID Context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change,
                           PNTSTATUS OperationStatus)
{
    Note(Context, Change, OperationStatus);
    KeDeregisterProcessorChangeCallback(Once);
}

/* Refuses the existing processor 1; its status is the context's. */
static VOID NTAPI RefuseOne(PVOID Context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change,
                            PNTSTATUS OperationStatus)
{
    if (Change->State == KeProcessorAddFailureNotify) {
        CHECK_EQUAL(Change->Status, STATUS_INSUFFICIENT_RESOURCES);
    }
    Note(Context, Change, OperationStatus);
    if (Change->State == KeProcessorAddStartNotify && Change->NtNumber == 1) {
        *OperationStatus = STATUS_INSUFFICIENT_RESOURCES;
    }
}

static VOID CheckEvents(const ULONG *Expected, ULONG Count)
{
    CHECK_EQUAL(EventCount, Count);
    for (ULONG Place = 0; Place < Count && Place < EventCount; Place++) {
        CHECK_EQUAL(Events[Place], Expected[Place]);
    }
    EventCount = 0;
}

static VOID TestExisting(VOID)
{
    static ULONG Expected[2 * 256];
    ULONG Count = 0;

    for (ULONG State = KeProcessorAddStartNotify; State <= KeProcessorAddCompleteNotify; State++) {
        for (ULONG Index = 0; Index < Boot; Index++) {
            Expected[Count++] = EVENT(2, State, Index);
        }
    }
    Second = KeRegisterProcessorChangeCallback(Note, (PVOID)2, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(Second != NULL);
    CheckEvents(Expected, Count);
}

static VOID TestRefused(VOID)
{
    const ULONG Expected[] = { EVENT(4, KeProcessorAddStartNotify, 0),
                               EVENT(4, KeProcessorAddStartNotify, 1),
                               EVENT(4, KeProcessorAddFailureNotify, 0) };

    CHECK(KeRegisterProcessorChangeCallback(RefuseOne, (PVOID)4,
                                            KE_PROCESSOR_CHANGE_ADD_EXISTING) == NULL);
    CheckEvents(Expected, RTL_NUMBER_OF(Expected));
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    ULONG Expected[4 * 64 + 1];
    ULONG Maximum = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS);
    ULONG Count = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    for (ULONG Index = Boot; Index < Maximum; Index++) {
        Expected[Count++] = EVENT(1, KeProcessorAddStartNotify, Index);
        Expected[Count++] = EVENT(2, KeProcessorAddStartNotify, Index);
        if (Index == Boot) {
            Expected[Count++] = EVENT(3, KeProcessorAddStartNotify, Index);
        }
        Expected[Count++] = EVENT(1, KeProcessorAddCompleteNotify, Index);
        Expected[Count++] = EVENT(2, KeProcessorAddCompleteNotify, Index);
    }
    CheckEvents(Expected, Count);
    KeDeregisterProcessorChangeCallback(First);
    KeDeregisterProcessorChangeCallback(Second);
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PVOID Gone;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    Boot = ContractProcessors();
    First = KeRegisterProcessorChangeCallback(Note, (PVOID)1, 0);
    CHECK(First != NULL);
    CheckEvents(NULL, 0);
    TestExisting();
    TestRefused();
    Gone = KeRegisterProcessorChangeCallback(Note, (PVOID)5, 0);
    CHECK(Gone != NULL);
    Once = KeRegisterProcessorChangeCallback(NoteOnce, (PVOID)3, 0);
    CHECK(Once != NULL);
    KeDeregisterProcessorChangeCallback(Gone);
    return CONTRACT_RESULT();
}
