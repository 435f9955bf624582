/* SPDX-License-Identifier: MIT */
/*
 * A notification event lets every waiting thread through until it is reset, a synchronization event
 * one thread each time, a pulse those that wait; a time-out ends a wait that nothing else ends.
 */
#include "threads.h"

#define THREADS 5

NTKERNELAPI VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);

static CONTRACT_THREAD Threads[THREADS];
static KEVENT Event;
static volatile LONG Waiting, Through;

static VOID Wait(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    InterlockedIncrement(&Waiting);
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    InterlockedIncrement(&Through);
}

/* Start so many threads that wait, and give them the time to. */
static VOID Begin(EVENT_TYPE Type)
{
    KeInitializeEvent(&Event, Type, FALSE);
    Waiting = Through = 0;
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], Wait, NULL);
    }
    while (Waiting != THREADS) {
        ContractSleep(1);
    }
    ContractSleep(50);
    CHECK_EQUAL(Through, 0);
}

static VOID End(VOID)
{
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    CHECK_EQUAL(Through, THREADS);
}

static VOID CheckKinds(VOID)
{
    Begin(NotificationEvent);
    CHECK_EQUAL(KeSetEvent(&Event, 0, FALSE), 0);
    CHECK(KeSetEvent(&Event, 0, FALSE) != 0);
    End();
    CHECK(KeReadStateEvent(&Event) != 0);
    CHECK(KeResetEvent(&Event) != 0);
    CHECK_EQUAL(KeResetEvent(&Event), 0);

    Begin(SynchronizationEvent);
    for (LONG Number = 1; Number <= THREADS; Number++) {
        CHECK_EQUAL(KeSetEvent(&Event, 0, FALSE), 0);
        ContractSleep(40);
        CHECK_EQUAL(Through, Number);
        CHECK_EQUAL(KeReadStateEvent(&Event), 0);
    }
    End();

    Begin(NotificationEvent);
    CHECK_EQUAL(KePulseEvent(&Event, 0, FALSE), 0);
    CHECK_EQUAL(KeReadStateEvent(&Event), 0);
    End();
}

static VOID CheckLimits(VOID)
{
    LARGE_INTEGER Now = {.QuadPart = 0}, Soon = {.QuadPart = -500000}, At;
    ULONGLONG Begin = KeQueryInterruptTime();

    KeInitializeEvent(&Event, SynchronizationEvent, TRUE);
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Now), STATUS_SUCCESS);
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Now), STATUS_TIMEOUT);
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Soon), STATUS_TIMEOUT);
    CHECK(KeQueryInterruptTime() - Begin >= 500000 - KeQueryTimeIncrement());

    KeQuerySystemTimePrecise(&At);
    Begin = KeQueryInterruptTime();
    At.QuadPart += 500000;
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &At), STATUS_TIMEOUT);
    CHECK(KeQueryInterruptTime() - Begin >= 500000 - KeQueryTimeIncrement());
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &At), STATUS_TIMEOUT);
    KeSetEvent(&Event, 0, FALSE);
    KeClearEvent(&Event);
    CHECK_EQUAL(KeReadStateEvent(&Event), 0);
}

/* A look without a wait is allowed at DISPATCH_LEVEL, and so is signaling. */
static VOID CheckDispatch(VOID)
{
    LARGE_INTEGER Now = {.QuadPart = 0};
    KIRQL Irql;

    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    KeSetEvent(&Event, 0, FALSE);
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Now), STATUS_SUCCESS);
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Now), STATUS_TIMEOUT);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeLowerIrql(Irql);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckKinds();
    CheckLimits();
    CheckDispatch();
    return CONTRACT_RESULT();
}
