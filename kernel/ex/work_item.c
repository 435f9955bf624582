/* SPDX-License-Identifier: MIT */
/*
 * work_item.c: work items: routines for a system thread.
 *
 * Three queues, each with threads of its own priority.  Threads are made when
 * they are needed, up to a limit, by one thread that does nothing else, since
 * items may be queued at DISPATCH_LEVEL: whenever more items are queued than
 * threads of that queue are without work.  So an item that waits for a later
 * one does not wait for ever.
 *
 * References: "ExQueueWorkItem function (wdm.h)", "System Worker Threads".
 */
#include "exp.h"
#include "../ke/ki.h"
#include "../ke/ki_leftover.h"
#include "../ke/ki_lock.h"

#define EXP_WORKERS 16 /* of one queue */

typedef struct _EXP_WORK_QUEUE {
    LIST_ENTRY Items;
    ULONG Pending; /* in Items */
    ULONG Workers;
    ULONG Idle;    /* of them: without an item */
    KPRIORITY Priority;
    KSEMAPHORE Available; /* one for each item */
} EXP_WORK_QUEUE, *PEXP_WORK_QUEUE;

static EXP_WORK_QUEUE ExpQueues[] = {{.Priority = 12}, {.Priority = 13}, {.Priority = 15}};
static ULONG64 ExpQueueLock;
static KEVENT ExpWorkersNeeded;

/* ExpQueueOf: the queue of a WORK_QUEUE_TYPE, or of a priority above 32. */
static PEXP_WORK_QUEUE ExpQueueOf(WORK_QUEUE_TYPE Type)
{
    switch (Type) {
    case DelayedWorkQueue:
    case NormalWorkQueue:
    case BackgroundWorkQueue:
        return &ExpQueues[0];
    case CriticalWorkQueue:
        return &ExpQueues[1];
    case HyperCriticalWorkQueue:
    case RealTimeWorkQueue:
    case SuperCriticalWorkQueue:
        return &ExpQueues[2];
    default:
        return &ExpQueues[Type < CustomPriorityWorkQueue + 13 ? 0
                          : Type < CustomPriorityWorkQueue + 15 ? 1 : 2];
    }
}

static PWORK_QUEUE_ITEM ExpTakeItem(PEXP_WORK_QUEUE Queue)
{
    BOOLEAN Enabled = KiLockWord(&ExpQueueLock);
    PWORK_QUEUE_ITEM Item = CONTAINING_RECORD(RemoveHeadList(&Queue->Items), WORK_QUEUE_ITEM, List);

    Item->List.Flink = NULL; /* not queued */
    Queue->Pending--;
    Queue->Idle--;
    KiUnlockWord(&ExpQueueLock, Enabled);
    return Item;
}

PVOID ExFindWorkItemIn(PVOID Base, SIZE_T Size)
{
    BOOLEAN Enabled = KiLockWord(&ExpQueueLock);
    PVOID Found = NULL;

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(ExpQueues); Index++) {
        PLIST_ENTRY List = &ExpQueues[Index].Items;

        for (PLIST_ENTRY Link = List->Flink; Link != List; Link = Link->Flink) {
            PWORK_QUEUE_ITEM Item = CONTAINING_RECORD(Link, WORK_QUEUE_ITEM, List);

            if ((ULONG_PTR)Item->WorkerRoutine - (ULONG_PTR)Base < Size) {
                Found = (PVOID)Item->WorkerRoutine;
            }
        }
    }
    KiUnlockWord(&ExpQueueLock, Enabled);
    return Found;
}

static VOID ExpBeIdle(PEXP_WORK_QUEUE Queue)
{
    BOOLEAN Enabled = KiLockWord(&ExpQueueLock);

    Queue->Idle++;
    KiUnlockWord(&ExpQueueLock, Enabled);
}

/* ExpWork: a worker thread. */
static VOID NTAPI ExpWork(PVOID Context)
{
    PEXP_WORK_QUEUE Queue = Context;

    KeSetPriorityThread(KeGetCurrentThread(), Queue->Priority);
    for (;;) {
        PWORK_QUEUE_ITEM Item;
        PWORKER_THREAD_ROUTINE Routine;

        KeWaitForSingleObject(&Queue->Available, Executive, KernelMode, FALSE, NULL);
        Item = ExpTakeItem(Queue);
        Routine = Item->WorkerRoutine;
        Routine(Item->Parameter); /* the item may be gone now */
        if (HalGetIrql() != PASSIVE_LEVEL) {
            KeBugCheckEx(WORKER_THREAD_RETURNED_AT_BAD_IRQL, (ULONG_PTR)Routine, HalGetIrql(),
                         (ULONG_PTR)Item, (ULONG_PTR)Item);
        }
        ExpBeIdle(Queue);
    }
}

/* ExpNeedsWorker: count one more worker, which is without work so far, if one is needed. */
static BOOLEAN ExpNeedsWorker(PEXP_WORK_QUEUE Queue)
{
    BOOLEAN Enabled = KiLockWord(&ExpQueueLock);
    BOOLEAN Needed = Queue->Pending > Queue->Idle && Queue->Workers < EXP_WORKERS;

    if (Needed) {
        Queue->Workers++;
        Queue->Idle++;
    }
    KiUnlockWord(&ExpQueueLock, Enabled);
    return Needed;
}

static VOID ExpUncountWorker(PEXP_WORK_QUEUE Queue)
{
    BOOLEAN Enabled = KiLockWord(&ExpQueueLock);

    Queue->Workers--;
    Queue->Idle--;
    KiUnlockWord(&ExpQueueLock, Enabled);
}

/* ExpMakeWorkers: the thread that makes the others; it tries again later if memory is short. */
static VOID NTAPI ExpMakeWorkers(PVOID Context)
{
    LARGE_INTEGER Second = {.QuadPart = -10000000};
    BOOLEAN Short = FALSE;

    UNREFERENCED_PARAMETER(Context);
    KeSetPriorityThread(KeGetCurrentThread(), HIGH_PRIORITY / 2);
    for (;;) {
        KeWaitForSingleObject(&ExpWorkersNeeded, Executive, KernelMode, FALSE,
                              Short ? &Second : NULL);
        Short = FALSE;
        for (ULONG Index = 0; Index < RTL_NUMBER_OF(ExpQueues); Index++) {
            while (!Short && ExpNeedsWorker(&ExpQueues[Index])) {
                if (PsStartThread(ExpWork, &ExpQueues[Index]) == NULL) {
                    ExpUncountWorker(&ExpQueues[Index]);
                    Short = TRUE;
                }
            }
        }
    }
}

VOID ExInitializeWorkers(VOID)
{
    KeInitializeEvent(&ExpWorkersNeeded, SynchronizationEvent, FALSE);
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(ExpQueues); Index++) {
        InitializeListHead(&ExpQueues[Index].Items);
        KeInitializeSemaphore(&ExpQueues[Index].Available, 0, MAXLONG);
    }
    if (PsStartThread(ExpMakeWorkers, NULL) == NULL) {
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, 0x22, (ULONG_PTR)STATUS_INSUFFICIENT_RESOURCES,
                     0, 0);
    }
}

/*
 * ExQueueWorkItem: have a routine called in a system thread, at PASSIVE_LEVEL.
 *
 * => The item may be freed or queued again from its routine on.  WORKER_INVALID if it is queued
 *    already.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "ExQueueWorkItem function (wdm.h)".
 */
VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    PEXP_WORK_QUEUE Queue = ExpQueueOf(QueueType);
    BOOLEAN Enabled;
    BOOLEAN Needed;

    if (WorkItem->List.Flink != NULL) {
        KeBugCheckEx(WORKER_INVALID, 1, (ULONG_PTR)WorkItem, (ULONG_PTR)Queue, 0);
    }
    Enabled = KiLockWord(&ExpQueueLock);
    InsertTailList(&Queue->Items, &WorkItem->List);
    Queue->Pending++;
    Needed = Queue->Pending > Queue->Idle && Queue->Workers < EXP_WORKERS;
    KiUnlockWord(&ExpQueueLock, Enabled);
    if (Needed) {
        KeSetEvent(&ExpWorkersNeeded, 0, FALSE);
    }
    KeReleaseSemaphore(&Queue->Available, 0, 1, FALSE);
}
