/* SPDX-License-Identifier: MIT */
/*
 * thread.c: the beginning and the end of a thread, and its priority.
 *
 * A thread cannot free the stack on which it ends.  It puts itself into the
 * list of dead threads and switches away, all with the dispatcher lock held;
 * so whoever takes it out of the list, with the lock, finds the stack left.
 */
#include "ki.h"

static LIST_ENTRY KiDeadThreads = {&KiDeadThreads, &KiDeadThreads};
static KEVENT KiThreadDied = {.Header = {
    .Type = KiSynchronizationEvent,
    .WaitListHead = {&KiThreadDied.Header.WaitListHead, &KiThreadDied.Header.WaitListHead},
}};

DECLSPEC_NORETURN VOID KiThreadStartup(VOID)
{
    KiBeginThread();
    PspThreadStartup();
}

/* KiStartThread: let a prepared thread run; its first processor is the next one in turn. */
VOID KiStartThread(PKTHREAD Thread)
{
    static ULONG Turn;
    BOOLEAN Enabled = KiLockDispatcher();

    Thread->Processor = Turn++ % KiActiveSet.Count;
    KiReadyThread(Thread, FALSE);
    KiUnlockDispatcher(Enabled);
}

/*
 * KiTerminateThread: end the current thread: it is signaled and never runs again.
 *  => PASSIVE_LEVEL.  THREAD_TERMINATE_HELD_MUTEX if it owns a mutex.
 */
DECLSPEC_NORETURN VOID KiTerminateThread(VOID)
{
    PKTHREAD Thread = KiGetCurrentThread();
    BOOLEAN Enabled = KiLockDispatcher();

    if (!IsListEmpty(&Thread->Mutants)) {
        PKMUTANT Mutex = CONTAINING_RECORD(Thread->Mutants.Flink, KMUTANT, MutantListEntry);

        KiUnlockDispatcher(Enabled);
        KeBugCheckEx(THREAD_TERMINATE_HELD_MUTEX, (ULONG_PTR)Thread, (ULONG_PTR)Mutex, 0, 0);
    }
    Thread->Header.SignalState = 1;
    KiTestWaiters(Thread, 0);
    InsertTailList(&KiDeadThreads, &Thread->ReadyLink);
    KiSignalEvent(&KiThreadDied, 0);
    Thread->State = KiTerminated;
    KiSwitchAway(PASSIVE_LEVEL);
    __builtin_unreachable();
}

/* KiAwaitDeadThread: wait for a thread that has ended.  => It is on no processor and no list. */
PKTHREAD KiAwaitDeadThread(VOID)
{
    for (;;) {
        BOOLEAN Enabled = KiLockDispatcher();
        PKTHREAD Thread = NULL;

        if (!IsListEmpty(&KiDeadThreads)) {
            Thread = CONTAINING_RECORD(RemoveHeadList(&KiDeadThreads), struct _KTHREAD, ReadyLink);
        }
        KiUnlockDispatcher(Enabled);
        if (Thread != NULL) {
            return Thread;
        }
        KeWaitForSingleObject(&KiThreadDied, Executive, KernelMode, FALSE, NULL);
    }
}

/* KeGetCurrentThread: inline in the headers; here for who imports it.  Any IRQL. */
PKTHREAD NTAPI KeGetCurrentThread(VOID)
{
    return KiGetCurrentThread();
}

/*
 * ZwYieldExecution: let another thread of at least this priority have the processor, if there is one.
 *
 * => STATUS_SUCCESS: there was; STATUS_NO_YIELD_PERFORMED.  PASSIVE_LEVEL.
 * => Not in the reference pages; declared in ntifs.h.
 */
NTSTATUS NTAPI ZwYieldExecution(VOID)
{
    BOOLEAN Enabled = KiLockDispatcher();
    struct _KPRCB *Prcb = KiCurrentPrcb();
    BOOLEAN Others = Prcb->NextThread != NULL ||
                     Prcb->ReadySummary >> (UCHAR)KiGetCurrentThread()->Priority != 0;

    if (Others) {
        KiEndQuantum();
    }
    KiUnlockDispatcher(Enabled);
    return Others ? STATUS_SUCCESS : STATUS_NO_YIELD_PERFORMED;
}

/*
 * KeQueryPriorityThread: return a thread's priority, 1 to 31.
 *
 * => PASSIVE_LEVEL.
 * => Reference: "KeQueryPriorityThread function (wdm.h)".
 */
KPRIORITY NTAPI KeQueryPriorityThread(PRKTHREAD Thread)
{
    return KiLoadRelaxed(&Thread->Priority); /* stored under the dispatcher lock */
}

/* KiLimitPriority: the nearest priority that a thread may have. */
static KPRIORITY KiLimitPriority(KPRIORITY Priority, KPRIORITY Lowest, KPRIORITY Highest)
{
    return Priority < Lowest ? Lowest : min(Priority, Highest);
}

/*
 * KeSetPriorityThread: give a thread a priority, 1 to 31, that stays.
 *
 * => The priority before.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeSetPriorityThread function (wdm.h)".
 */
KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority)
{
    BOOLEAN Enabled = KiLockDispatcher();
    KPRIORITY Before = Thread->Priority;

    Priority = KiLimitPriority(Priority, 1, HIGH_PRIORITY);
    Thread->BasePriority = (SCHAR)Priority;
    Thread->Quantum = KI_QUANTUM;
    KiSetThreadPriority(Thread, Priority);
    KiUnlockDispatcher(Enabled);
    return Before;
}

/*
 * KeSetBasePriorityThread: set a thread's base priority relative to its process's.
 *
 * => The relative base priority before.
 * => The result stays on its side of LOW_REALTIME_PRIORITY.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeSetBasePriorityThread function (ntddk.h)".
 */
LONG NTAPI KeSetBasePriorityThread(PRKTHREAD Thread, LONG Increment)
{
    BOOLEAN Enabled = KiLockDispatcher();
    LONG Before = Thread->BasePriority - KI_NORMAL_PRIORITY;
    KPRIORITY Priority = KiLimitPriority(KI_NORMAL_PRIORITY + Increment, 1, KI_LOW_REALTIME - 1);

    if (Thread->BasePriority >= KI_LOW_REALTIME) {
        Priority = KiLimitPriority(KI_NORMAL_PRIORITY + Increment, KI_LOW_REALTIME, HIGH_PRIORITY);
    }
    Thread->BasePriority = (SCHAR)Priority;
    Thread->Quantum = KI_QUANTUM;
    KiSetThreadPriority(Thread, Priority);
    KiUnlockDispatcher(Enabled);
    return Before;
}
