/* SPDX-License-Identifier: MIT */
/*
 * A timer is signaled and queues its DPC not before its time, periodically if asked to, and not at
 * all once it is cancelled; setting it again replaces the first setting.
 */
#include "threads.h"

static KTIMER Timer;
static KDPC Dpc;
static volatile LONG Ran;
static volatile ULONGLONG RanAt;

static VOID NTAPI Tick(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    CHECK_EQUAL((ULONG_PTR)Object, (ULONG_PTR)&Dpc);
    CHECK_EQUAL((ULONG_PTR)Context, 0x1234);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    InterlockedIncrement(&Ran);
    RanAt = KeQueryInterruptTime();
}

static NTSTATUS WaitForTimer(LONGLONG Limit)
{
    LARGE_INTEGER Time = {.QuadPart = Limit};

    return KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, &Time);
}

static VOID CheckOnce(VOID)
{
    LARGE_INTEGER Due = {.QuadPart = -400000}, Far = {.QuadPart = -600000000}, Past = {.QuadPart = 1};
    ULONGLONG Begin = KeQueryInterruptTime();

    KeInitializeTimer(&Timer);
    CHECK(!KeSetTimer(&Timer, Far, NULL));
    CHECK(KeSetTimer(&Timer, Due, &Dpc)); /* the first setting is gone */
    CHECK(!KeReadStateTimer(&Timer));
    CHECK_EQUAL(WaitForTimer(-100000000), STATUS_SUCCESS);
    ContractSleep(30);
    CHECK_EQUAL(Ran, 1);
    CHECK(RanAt - Begin >= 400000 - KeQueryTimeIncrement());
    CHECK(KeReadStateTimer(&Timer)); /* a notification timer stays signaled */
    CHECK_EQUAL(WaitForTimer(0), STATUS_SUCCESS);
    CHECK(!KeCancelTimer(&Timer));

    Ran = 0;
    CHECK(!KeSetTimer(&Timer, Past, &Dpc)); /* a time that has passed: at once */
    CHECK_EQUAL(WaitForTimer(0), STATUS_SUCCESS);
    ContractSleep(30);
    CHECK_EQUAL(Ran, 1);
}

static VOID CheckCancel(VOID)
{
    LARGE_INTEGER Due = {.QuadPart = -300000};

    Ran = 0;
    KeInitializeTimerEx(&Timer, SynchronizationTimer);
    CHECK(!KeSetTimer(&Timer, Due, &Dpc));
    CHECK(KeCancelTimer(&Timer));
    CHECK(!KeCancelTimer(&Timer));
    CHECK_EQUAL(WaitForTimer(-800000), STATUS_TIMEOUT);
    CHECK_EQUAL(Ran, 0);
}

static VOID CheckPeriodic(VOID)
{
    LARGE_INTEGER Due = {.QuadPart = -200000};

    Ran = 0;
    CHECK(!KeSetTimerEx(&Timer, Due, 20, &Dpc));
    for (ULONG Turn = 0; Turn < 5; Turn++) { /* a synchronization timer: one wait for each period */
        CHECK_EQUAL(WaitForTimer(-100000000), STATUS_SUCCESS);
    }
    CHECK(Ran >= 4);
    CHECK(KeCancelTimer(&Timer)); /* it was set */
    KeFlushQueuedDpcs();
    Ran = 0;
    ContractSleep(80);
    CHECK_EQUAL(Ran, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeDpc(&Dpc, Tick, (PVOID)0x1234);
    CheckOnce();
    CheckCancel();
    CheckPeriodic();
    return CONTRACT_RESULT();
}
