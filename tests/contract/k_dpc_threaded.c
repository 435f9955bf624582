/* SPDX-License-Identifier: MIT */
/*
 * A threaded DPC runs at PASSIVE_LEVEL in a thread of its target processor, may wait, is not left while
 * another thread wants the processor, can be removed while it is queued, and is flushed with the others.
 */
#include "threads.h"

#define ROUNDS 20

static KDPC Dpc, Ordinary, Second;
static volatile LONG Ran, OrdinaryRan, SecondRan;
static KEVENT Release, Begun;
static ULONG Target;

static VOID NTAPI Routine(PKDPC Object, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Object);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK_EQUAL(ContractIndex(), Target);
    CHECK(Context == (PVOID)&Ran && A1 == (PVOID)1 && A2 == (PVOID)2);
    CHECK_EQUAL(KeQueryPriorityThread(KeGetCurrentThread()), HIGH_PRIORITY);
    InterlockedIncrement(&Ran);
}

static VOID NTAPI OrdinaryRoutine(PKDPC Object, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    InterlockedIncrement(&OrdinaryRan);
}

/* Waits; an ordinary DPC runs meanwhile, another threaded one does not. */
static VOID NTAPI Waits(PKDPC Object, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    KeSetEvent(&Begun, 0, FALSE);
    CHECK_EQUAL(KeWaitForSingleObject(&Release, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(InterlockedOr(&SecondRan, 0), 0);
}

static VOID NTAPI SecondRoutine(PKDPC Object, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    InterlockedIncrement(&SecondRan);
}

static VOID SetTarget(PKDPC Object, ULONG Index)
{
    PROCESSOR_NUMBER Number;

    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(Object, &Number), STATUS_SUCCESS);
}

static VOID CheckEverywhere(VOID)
{
    for (Target = 0; Target < ContractProcessors(); Target++) {
        KeInitializeThreadedDpc(&Dpc, Routine, (PVOID)&Ran);
        SetTarget(&Dpc, Target);
        for (ULONG Round = 0; Round < ROUNDS; Round++) {
            LONG Before = InterlockedOr(&Ran, 0);
            KIRQL Old;

            KeRaiseIrql((KIRQL)(Round % 4 == 3 ? IPI_LEVEL : Round % 4), &Old);
            CHECK(KeInsertQueueDpc(&Dpc, (PVOID)1, (PVOID)2));
            KeLowerIrql(Old);
            KeFlushQueuedDpcs();
            CHECK_EQUAL(InterlockedOr(&Ran, 0), Before + 1);
        }
    }
}

static VOID CheckOrder(VOID)
{
    Target = ContractProcessors() - 1;
    KeInitializeEvent(&Release, NotificationEvent, FALSE);
    KeInitializeEvent(&Begun, NotificationEvent, FALSE);
    KeInitializeThreadedDpc(&Dpc, Waits, NULL);
    KeInitializeThreadedDpc(&Second, SecondRoutine, NULL);
    KeInitializeDpc(&Ordinary, OrdinaryRoutine, NULL);
    KeSetImportanceDpc(&Ordinary, HighImportance);
    SetTarget(&Dpc, Target);
    SetTarget(&Second, Target);
    SetTarget(&Ordinary, Target);
    CHECK(KeInsertQueueDpc(&Dpc, NULL, NULL));
    KeWaitForSingleObject(&Begun, Executive, KernelMode, FALSE, NULL);
    CHECK(KeInsertQueueDpc(&Second, NULL, NULL));
    CHECK(KeInsertQueueDpc(&Ordinary, NULL, NULL));
    while (InterlockedOr(&OrdinaryRan, 0) == 0) {
        ContractSleep(1);
    }
    CHECK(!KeInsertQueueDpc(&Second, NULL, NULL)); /* queued still */
    CHECK(KeRemoveQueueDpc(&Second));
    CHECK(!KeRemoveQueueDpc(&Second));
    CHECK(KeInsertQueueDpc(&Second, NULL, NULL));
    KeSetEvent(&Release, 0, FALSE);
    KeFlushQueuedDpcs();
    CHECK_EQUAL(InterlockedOr(&SecondRan, 0), 1);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckEverywhere();
    CheckOrder();
    return CONTRACT_RESULT();
}
