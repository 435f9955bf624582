/* SPDX-License-Identifier: MIT */
/*
 * wait.c: waiting for dispatcher objects.
 *
 * Theory
 *
 * An object is signaled while SignalState > 0; a mutex also for its owner.  A
 * thread that waits has one wait block in each object's list, in the order in
 * which the threads came, and one in its own timer's list if the wait has a
 * time limit: the time-out is the wait for that timer.  All of it is under the
 * dispatcher lock, so between the look at the objects and the sleep nothing
 * can be missed, and a wait for all objects takes all of them in one instant
 * or none.
 *
 * Who makes an object signaled calls KiTestWaiters: for each waiting thread,
 * in order, as long as the object stays signaled: if its wait is satisfied,
 * what it waits for is taken on its behalf, all of its blocks leave their
 * lists, and it is ready, with the result of its wait in WaitStatus.
 *
 * A kernel APC for a thread that waits below APC_LEVEL ends the wait with
 * STATUS_KERNEL_APC; the thread lets the APC run and begins again, with the
 * time limit that it had.
 *
 * References: "KeWaitForSingleObject function (wdm.h)",
 * "KeWaitForMultipleObjects function (wdm.h)", "Waits and APCs".
 */
#include "ki.h"

#define KI_TIMER_BLOCK THREAD_WAIT_OBJECTS /* of KTHREAD.WaitBlock */

/* One call of a wait routine. */
typedef struct _KI_WAIT {
    ULONG Count;
    PVOID *Objects;
    WAIT_TYPE Type;
    KPROCESSOR_MODE Mode;
    BOOLEAN Alertable;
    BOOLEAN Timed;   /* there is a limit .. */
    BOOLEAN NoWait;  /* .. which is now, or has passed */
    ULONG64 DueTime; /* the limit, in interrupt time */
    PKWAIT_BLOCK Blocks;
    PVOID Routine; /* that was called, and from where */
    PVOID Caller;
} KI_WAIT;

/* KiIsSignaled: could Thread take the object now? */
static BOOLEAN KiIsSignaled(const DISPATCHER_HEADER *Object, PKTHREAD Thread)
{
    return Object->SignalState > 0 ||
           (Object->Type == KiMutant && ((const KMUTANT *)Object)->OwnerThread == Thread);
}

/* KiTakeMutex: => TRUE: its last owner has ended without releasing it. */
static BOOLEAN KiTakeMutex(PKMUTANT Mutex, PKTHREAD Thread)
{
    BOOLEAN Abandoned = Mutex->Abandoned;

    if (--Mutex->Header.SignalState == 0) {
        Mutex->OwnerThread = Thread;
        Mutex->Abandoned = FALSE;
        Thread->KernelApcDisable -= Mutex->ApcDisable;
        InsertTailList(&Thread->Mutants, &Mutex->MutantListEntry);
        return Abandoned;
    }
    return FALSE;
}

/* KiTake: what a satisfied wait does to its object.  => STATUS_ABANDONED or STATUS_SUCCESS. */
static NTSTATUS KiTake(PDISPATCHER_HEADER Object, PKTHREAD Thread)
{
    switch (Object->Type) {
    case KiSynchronizationEvent:
    case KiSynchronizationTimer:
        Object->SignalState = 0;
        break;
    case KiSemaphore:
        Object->SignalState--;
        break;
    case KiMutant:
        return KiTakeMutex((PKMUTANT)Object, Thread) ? STATUS_ABANDONED : STATUS_SUCCESS;
    }
    return STATUS_SUCCESS;
}

/* KiTakeAll: take all objects of a wait for all, if all are signaled.  => STATUS_PENDING: they are not. */
static NTSTATUS KiTakeAll(PKWAIT_BLOCK Blocks, ULONG Count, PKTHREAD Thread)
{
    NTSTATUS Status = STATUS_SUCCESS;

    for (ULONG Index = 0; Index < Count; Index++) {
        if (!KiIsSignaled(Blocks[Index].Object, Thread)) {
            return STATUS_PENDING;
        }
    }
    for (ULONG Index = 0; Index < Count; Index++) {
        Status |= KiTake(Blocks[Index].Object, Thread);
    }
    return Status;
}

/* KiTakeAny: take the first object that is signaled.  => STATUS_PENDING: none is. */
static NTSTATUS KiTakeAny(PKWAIT_BLOCK Blocks, ULONG Count, PKTHREAD Thread)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        if (KiIsSignaled(Blocks[Index].Object, Thread)) {
            return (NTSTATUS)Index + KiTake(Blocks[Index].Object, Thread);
        }
    }
    return STATUS_PENDING;
}

VOID KiUnwaitThread(PKTHREAD Thread, NTSTATUS Status, KPRIORITY Increment)
{
    for (ULONG Index = 0; Index < Thread->WaitCount; Index++) {
        RemoveEntryList(&Thread->WaitBlocks[Index].WaitListEntry);
    }
    if (Thread->WaitTimed) {
        RemoveEntryList(&Thread->WaitBlock[KI_TIMER_BLOCK].WaitListEntry);
        KiRemoveTimer(&Thread->Timer);
    }
    Thread->WaitStatus = Status;
    if (Thread->Priority < KI_LOW_REALTIME) {
        KPRIORITY Boosted = min(Thread->BasePriority + Increment, KI_LOW_REALTIME - 1);

        Thread->Priority = (SCHAR)max(Thread->Priority, Boosted);
    }
    KiReadyThread(Thread, FALSE);
}

/* KiSatisfies: take what the thread of a block waits for, now that its object is signaled. */
static NTSTATUS KiSatisfies(PKWAIT_BLOCK Block, PDISPATCHER_HEADER Object)
{
    PKTHREAD Thread = Block->Thread;

    if (Block == &Thread->WaitBlock[KI_TIMER_BLOCK] && Thread->WaitTimed) {
        return STATUS_TIMEOUT;
    }
    if (Block->WaitType == WaitAny) {
        return (NTSTATUS)Block->WaitKey + KiTake(Object, Thread);
    }
    return KiTakeAll(Thread->WaitBlocks, Thread->WaitCount, Thread);
}

VOID KiTestWaiters(PVOID SignaledObject, KPRIORITY Increment)
{
    PDISPATCHER_HEADER Object = SignaledObject;
    PLIST_ENTRY Link = Object->WaitListHead.Flink;

    while (Object->SignalState > 0 && Link != &Object->WaitListHead) {
        PKWAIT_BLOCK Block = CONTAINING_RECORD(Link, KWAIT_BLOCK, WaitListEntry);
        NTSTATUS Status = KiSatisfies(Block, Object);

        if (Status == STATUS_PENDING) {
            Link = Link->Flink;
        } else {
            KiUnwaitThread(Block->Thread, Status, Increment);
            Link = Object->WaitListHead.Flink; /* any number of blocks has gone */
        }
    }
}

static VOID KiFillBlock(PKWAIT_BLOCK Block, PKTHREAD Thread, PVOID Object, ULONG Key,
                        WAIT_TYPE Type)
{
    Block->Thread = Thread;
    Block->Object = Object;
    Block->WaitKey = (USHORT)Key;
    Block->WaitType = (UCHAR)Type;
    Block->NextWaitBlock = NULL;
}

static VOID KiLinkBlock(PKWAIT_BLOCK Block)
{
    InsertTailList(&((PDISPATCHER_HEADER)Block->Object)->WaitListHead, &Block->WaitListEntry);
}

/* KiSleep: wait until another thread, or the timer, ends the wait.  => Its result. */
static NTSTATUS KiSleep(const KI_WAIT *Wait, PKTHREAD Thread, KIRQL Irql)
{
    PKWAIT_BLOCK TimerBlock = &Thread->WaitBlock[KI_TIMER_BLOCK];

    Thread->WaitBlocks = Wait->Blocks;
    Thread->WaitCount = Wait->Count;
    Thread->WaitTimed = Wait->Timed;
    Thread->WaitMode = Wait->Mode;
    Thread->WaitAlertable = Wait->Alertable;
    Thread->WaitIrql = Irql;
    for (ULONG Index = 0; Index < Wait->Count; Index++) {
        KiLinkBlock(&Wait->Blocks[Index]);
    }
    if (Wait->Timed) {
        Thread->Timer.Header.SignalState = 0;
        KiFillBlock(TimerBlock, Thread, &Thread->Timer, 0, WaitAny);
        KiLinkBlock(TimerBlock);
        KiInsertTimer(&Thread->Timer, Wait->DueTime);
    }
    Thread->State = KiWaiting;
    KiSwitchAway(Irql);
    return Thread->WaitStatus;
}

/* KiCannotWait: stop: the current thread cannot be switched away from. */
static DECLSPEC_NORETURN VOID KiCannotWait(const KI_WAIT *Wait, KIRQL Irql)
{
    PKPRCB Prcb = KiCurrentPrcb();

    if (Irql == DISPATCH_LEVEL && Prcb->Dpc.Active) {
        KiBugCheck(ATTEMPTED_SWITCH_FROM_DPC, (ULONG_PTR)Prcb->CurrentThread,
                   (ULONG_PTR)Prcb->IdleThread, (ULONG_PTR)Prcb->CurrentThread->InitialStack, 0,
                   (ULONG64)Wait->Caller, NULL);
    }
    KiBugCheckText("the routine called, the current IRQL, the highest allowed, the return address",
                   IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)Wait->Routine, Irql, APC_LEVEL,
                   (ULONG_PTR)Wait->Caller, (ULONG64)Wait->Caller, NULL);
}

/*
 * KiTryWait: what a wait comes to without sleeping.
 *  => STATUS_PENDING: it must sleep.
 */
static NTSTATUS KiTryWait(const KI_WAIT *Wait, PKTHREAD Thread)
{
    NTSTATUS Status = STATUS_PENDING;

    if (Wait->Count != 0) {
        Status = Wait->Type == WaitAll ? KiTakeAll(Wait->Blocks, Wait->Count, Thread)
                                       : KiTakeAny(Wait->Blocks, Wait->Count, Thread);
    }
    if (Status == STATUS_PENDING && Wait->Alertable && Wait->Mode == UserMode &&
        Thread->UserApcPending) {
        Status = STATUS_USER_APC;
    }
    if (Status == STATUS_PENDING && Wait->NoWait) {
        Status = STATUS_TIMEOUT;
    }
    return Status;
}

/* KiWait: wait; the blocks are chosen, the rest of them is filled here. */
static NTSTATUS KiWait(const KI_WAIT *Wait)
{
    PKTHREAD Thread = KiGetCurrentThread();
    KIRQL Irql = HalGetIrql();
    NTSTATUS Status;

    for (ULONG Index = 0; Index < Wait->Count; Index++) {
        KiFillBlock(&Wait->Blocks[Index], Thread, Wait->Objects[Index], Index, Wait->Type);
    }
    do {
        BOOLEAN Enabled = KiLockDispatcher();

        if (KiIsApcDeliverable(Thread, Irql) && !Wait->NoWait) {
            KiUnlockDispatcher(Enabled);
            HalSetIrql(APC_LEVEL);
            KiDeliverApcs();
            HalSetIrql(Irql);
            Status = STATUS_KERNEL_APC;
            continue;
        }
        Status = KiTryWait(Wait, Thread);
        if (Status == STATUS_PENDING) {
            if (Irql >= DISPATCH_LEVEL) {
                KiUnlockDispatcher(Enabled);
                KiCannotWait(Wait, Irql);
            }
            Status = KiSleep(Wait, Thread, Irql);
        }
        KiUnlockDispatcher(Enabled);
    } while (Status == STATUS_KERNEL_APC);
    return Status;
}

/* KiSetLimit: turn a time-out into when the wait ends. */
static VOID KiSetLimit(KI_WAIT *Wait, PLARGE_INTEGER Timeout)
{
    if (Timeout != NULL) {
        Wait->Timed = TRUE;
        Wait->DueTime = KiDueTime(*Timeout, &Wait->NoWait);
    }
}

/*
 * KeWaitForSingleObject: wait until an object is signaled.
 *
 * => Timeout in 100 ns: relative if negative, a system time if positive, no wait at all if 0,
 *    no limit if NULL.
 * => STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_USER_APC.
 * => IRQL <= APC_LEVEL; DISPATCH_LEVEL with a limit of 0; else bug check.
 * => Reference: "KeWaitForSingleObject function (wdm.h)".
 */
NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
                                     KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                     PLARGE_INTEGER Timeout)
{
    KI_WAIT Wait = {
        .Count = 1,
        .Objects = &Object,
        .Type = WaitAny,
        .Mode = WaitMode,
        .Alertable = Alertable,
        .Blocks = KiGetCurrentThread()->WaitBlock,
        .Routine = (PVOID)KeWaitForSingleObject,
        .Caller = __builtin_return_address(0),
    };

    UNREFERENCED_PARAMETER(WaitReason);
    KiSetLimit(&Wait, Timeout);
    return KiWait(&Wait);
}

/* KeWaitForMutexObject: KeWaitForSingleObject under its other name. */
#undef KeWaitForMutexObject
NTSTATUS NTAPI KeWaitForMutexObject(PVOID Object, KWAIT_REASON WaitReason,
                                    KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                    PLARGE_INTEGER Timeout)
{
    return KeWaitForSingleObject(Object, WaitReason, WaitMode, Alertable, Timeout);
}

/*
 * KeWaitForMultipleObjects: wait until one of several objects is signaled, or all are.
 *
 * => Up to THREAD_WAIT_OBJECTS objects, or up to MAXIMUM_WAIT_OBJECTS with a WaitBlockArray of as
 *    many; else MAXIMUM_WAIT_OBJECTS_EXCEEDED.
 * => For one: the index of the first that is signaled.  For all: STATUS_SUCCESS.  Else as
 *    KeWaitForSingleObject.
 * => Reference: "KeWaitForMultipleObjects function (wdm.h)".
 */
NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                        KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                        PKWAIT_BLOCK WaitBlockArray)
{
    KI_WAIT Wait = {
        .Count = Count,
        .Objects = Object,
        .Type = WaitType,
        .Mode = WaitMode,
        .Alertable = Alertable,
        .Blocks = WaitBlockArray != NULL ? WaitBlockArray : KiGetCurrentThread()->WaitBlock,
        .Routine = (PVOID)KeWaitForMultipleObjects,
        .Caller = __builtin_return_address(0),
    };

    UNREFERENCED_PARAMETER(WaitReason);
    if (Count > (ULONG)(WaitBlockArray != NULL ? MAXIMUM_WAIT_OBJECTS : THREAD_WAIT_OBJECTS)) {
        KiBugCheck(MAXIMUM_WAIT_OBJECTS_EXCEEDED, 0, 0, 0, 0, (ULONG64)Wait.Caller, NULL);
    }
    KiSetLimit(&Wait, Timeout);
    return KiWait(&Wait);
}

/*
 * KeDelayExecutionThread: wait for a time, given as for KeWaitForSingleObject.
 *
 * => A time of 0, or that has passed, lets other threads of the same priority run.
 * => STATUS_SUCCESS, STATUS_USER_APC.  IRQL <= APC_LEVEL.
 * => Reference: "KeDelayExecutionThread function (wdm.h)".
 */
NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                      PLARGE_INTEGER Interval)
{
    KI_WAIT Wait = {
        .Mode = WaitMode,
        .Alertable = Alertable,
        .Routine = (PVOID)KeDelayExecutionThread,
        .Caller = __builtin_return_address(0),
    };
    NTSTATUS Status;

    KiSetLimit(&Wait, Interval);
    if (Wait.NoWait) {
        BOOLEAN Enabled = KiLockDispatcher();

        KiEndQuantum();
        KiUnlockDispatcher(Enabled);
    }
    Status = KiWait(&Wait);
    return Status == STATUS_TIMEOUT ? STATUS_SUCCESS : Status;
}
