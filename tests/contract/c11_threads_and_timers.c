/* SPDX-License-Identifier: MIT */
/*
 * C11: threads of several priorities, a periodic timer's DPC and DPCs on every processor call at
 * the same time: each call runs its routine once on every processor, and all of them end.
 */
#include "threads.h"

#define THREADS 5
#define CALLS   60
#define MAXIMUM 256

static CONTRACT_THREAD Threads[THREADS];
static CONTRACT_WORK Works[MAXIMUM];
static KTIMER Timer;
static KDPC Dpc;
static volatile LONG TimerCalls;

static ULONG_PTR NTAPI Count(ULONG_PTR Context)
{
    InterlockedIncrement((volatile LONG *)Context);
    return Context;
}

static VOID Call(VOID)
{
    volatile LONG Ran = 0;

    CHECK_EQUAL(KeIpiGenericCall(Count, (ULONG_PTR)&Ran), (ULONG_PTR)&Ran);
    CHECK_EQUAL(Ran, ContractProcessors());
}

static VOID NTAPI CallFromTimer(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Call();
    InterlockedIncrement(&TimerCalls);
}

static VOID CallFromDpc(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Call();
}

static VOID CallFromThread(PVOID Context)
{
    KeSetPriorityThread(KeGetCurrentThread(), 6 + 4 * (LONG)(ULONG_PTR)Context);
    for (ULONG Round = 0; Round < CALLS; Round++) {
        Call();
        if (Round % 10 == 0) {
            ContractSleep(1);
        }
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Due = {.QuadPart = -10000};

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeTimerEx(&Timer, NotificationTimer);
    KeInitializeDpc(&Dpc, CallFromTimer, NULL);
    KeSetTimerEx(&Timer, Due, 1, &Dpc);
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], CallFromThread, (PVOID)(ULONG_PTR)Index);
    }
    for (ULONG Round = 0; Round < 5; Round++) {
        ContractRunOnAll(Works, CallFromDpc, NULL);
        ContractSleep(1);
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    KeCancelTimer(&Timer);
    KeFlushQueuedDpcs();
    CHECK(TimerCalls > 0);
    return CONTRACT_RESULT();
}
