/* SPDX-License-Identifier: MIT */
/*
 * A kernel APC runs in its thread, special ones at APC_LEVEL, normal ones at PASSIVE_LEVEL, whether
 * the thread runs, waits or is held back by a region, which then delivers it at its end.
 */
#include "threads.h"

typedef enum _KAPC_ENVIRONMENT { OriginalApcEnvironment } KAPC_ENVIRONMENT;
NTKERNELAPI VOID NTAPI KeInitializeApc(PKAPC Apc, PKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                                       PKKERNEL_ROUTINE KernelRoutine,
                                       PKRUNDOWN_ROUTINE RundownRoutine,
                                       PKNORMAL_ROUTINE NormalRoutine, KPROCESSOR_MODE ApcMode,
                                       PVOID NormalContext);
NTKERNELAPI BOOLEAN NTAPI KeInsertQueueApc(PKAPC Apc, PVOID SystemArgument1,
                                           PVOID SystemArgument2, KPRIORITY Increment);

static KAPC Special, Normal;
static volatile LONG SpecialRan, KernelRan, NormalRan;
static PKTHREAD Wanted;

static VOID NTAPI SpecialRoutine(PKAPC Apc, PKNORMAL_ROUTINE *Routine, PVOID *Context,
                                 PVOID *Argument1, PVOID *Argument2)
{
    UNREFERENCED_PARAMETER(Context);
    CHECK_EQUAL((ULONG_PTR)Apc, (ULONG_PTR)&Special);
    CHECK_EQUAL((ULONG_PTR)*Routine, 0);
    CHECK_EQUAL((ULONG_PTR)*Argument1 + (ULONG_PTR)*Argument2, 3);
    CHECK_EQUAL(KeGetCurrentIrql(), APC_LEVEL);
    CHECK_EQUAL((ULONG_PTR)KeGetCurrentThread(), (ULONG_PTR)Wanted);
    InterlockedIncrement(&SpecialRan);
}

static VOID NTAPI KernelRoutine(PKAPC Apc, PKNORMAL_ROUTINE *Routine, PVOID *Context,
                                PVOID *Argument1, PVOID *Argument2)
{
    UNREFERENCED_PARAMETER(Apc);
    UNREFERENCED_PARAMETER(Routine);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    CHECK_EQUAL(KeGetCurrentIrql(), APC_LEVEL);
    InterlockedIncrement(&KernelRan);
}

static VOID NTAPI NormalRoutine(PVOID Context, PVOID Argument1, PVOID Argument2)
{
    CHECK_EQUAL((ULONG_PTR)Context + (ULONG_PTR)Argument1 + (ULONG_PTR)Argument2, 10);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK_EQUAL((ULONG_PTR)KeGetCurrentThread(), (ULONG_PTR)Wanted);
    InterlockedIncrement(&NormalRan);
}

static VOID QueueBoth(PKTHREAD Thread)
{
    Wanted = Thread;
    SpecialRan = KernelRan = NormalRan = 0;
    KeInitializeApc(&Special, Thread, OriginalApcEnvironment, SpecialRoutine, NULL, NULL,
                    KernelMode, NULL);
    KeInitializeApc(&Normal, Thread, OriginalApcEnvironment, KernelRoutine, NULL, NormalRoutine,
                    KernelMode, (PVOID)5);
    CHECK(KeInsertQueueApc(&Normal, (PVOID)2, (PVOID)3, 0));
    CHECK(KeInsertQueueApc(&Special, (PVOID)1, (PVOID)2, 0));
}

static VOID Await(volatile LONG *Word)
{
    for (ULONG Try = 0; Try < 200 && *Word == 0; Try++) {
        ContractSleep(1);
    }
    CHECK_EQUAL(*Word, 1);
}

static VOID CheckRegions(VOID)
{
    KeEnterGuardedRegion();
    CHECK(KeAreAllApcsDisabled());
    QueueBoth(KeGetCurrentThread());
    CHECK(!KeInsertQueueApc(&Special, NULL, NULL, 0)); /* it is queued */
    ContractSleep(1);
    CHECK_EQUAL(SpecialRan + KernelRan + NormalRan, 0);
    KeEnterCriticalRegion();
    KeLeaveGuardedRegion();
    CHECK(KeAreApcsDisabled() && !KeAreAllApcsDisabled());
    Await(&SpecialRan);
    CHECK_EQUAL(KernelRan + NormalRan, 0);
    KeLeaveCriticalRegion();
    Await(&NormalRan);
    CHECK_EQUAL(KernelRan, 1);
    CHECK(!KeAreApcsDisabled());
}

static CONTRACT_THREAD Thread;
static KEVENT Event;
static volatile LONG Stop;

static VOID Wait(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    CHECK_EQUAL(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
}

static VOID Spin(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (!Stop) {
        YieldProcessor();
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckRegions();

    KeInitializeEvent(&Event, SynchronizationEvent, FALSE);
    ContractStartThread(&Thread, Wait, NULL);
    ContractSleep(40);
    QueueBoth(Thread.Thread); /* it waits, and goes on waiting afterwards */
    Await(&SpecialRan);
    Await(&NormalRan);
    CHECK_EQUAL(KeReadStateEvent(&Event), 0);
    KeSetEvent(&Event, 0, FALSE);
    ContractJoinThread(&Thread);

    ContractStartThread(&Thread, Spin, NULL);
    ContractSleep(40);
    QueueBoth(Thread.Thread); /* it runs, here or elsewhere */
    Await(&SpecialRan);
    Await(&NormalRan);
    InterlockedExchange(&Stop, 1);
    ContractJoinThread(&Thread);
    return CONTRACT_RESULT();
}
