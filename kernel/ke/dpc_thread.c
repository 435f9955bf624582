/* SPDX-License-Identifier: MIT */
/*
 * dpc_thread.c: threaded DPCs: deferred procedure calls that run in a thread, at PASSIVE_LEVEL.
 *
 * They are queued like others (dpc.c).  Where the processor's queue is worked
 * off, a threaded one goes on to a second queue, and a thread that is bound to
 * that processor and more important than every other one runs it.  So threaded
 * DPCs of a processor run one after another, and only ordinary ones and
 * interrupts come between.
 *
 * The thread is made when the first threaded DPC of its processor comes, by a
 * work item, for that happens at DISPATCH_LEVEL.  If memory is short, the work
 * item's thread does its work.  KDPC.DpcData names the queue in which an
 * object is; it goes from the first to the second with both locks held, the
 * first queue's taken first.
 *
 * Reference: "Introduction to Threaded DPCs", "KeInitializeThreadedDpc function (wdm.h)".
 */
#include "ki.h"
#include "ki_lock.h"

/* KiRunThreadedDpcs: work off the second queue of this processor.  PASSIVE_LEVEL. */
static VOID KiRunThreadedDpcs(PKPRCB Prcb)
{
    PKI_DPC_QUEUE Queue = &Prcb->Threaded;
    BOOLEAN Enabled = KiLockWord(&Queue->Lock);
    PKDPC Object;
    KDPC Copy;

    while (KiNextDpc(Queue, &Object, &Copy)) {
        KiUnlockWord(&Queue->Lock, Enabled);
        KiRunDpc(Object, &Copy, PASSIVE_LEVEL);
        Enabled = KiLockWord(&Queue->Lock);
    }
    KiUnlockWord(&Queue->Lock, Enabled);
}

/* KiBindToProcessor: run where a processor's threaded DPCs belong, before every other thread. */
static VOID KiBindToProcessor(PKPRCB Prcb)
{
    GROUP_AFFINITY Affinity = {.Group = Prcb->Group, .Mask = Prcb->GroupSetMember};

    KeSetSystemGroupAffinityThread(&Affinity, NULL);
    KeSetPriorityThread(KiGetCurrentThread(), HIGH_PRIORITY);
}

/* KiDpcThread: the thread of a processor. */
static VOID NTAPI KiDpcThread(PVOID Context)
{
    PKPRCB Prcb = Context;

    KiBindToProcessor(Prcb);
    for (;;) {
        KiRunThreadedDpcs(Prcb);
        KeWaitForSingleObject(&Prcb->ThreadedDue, Executive, KernelMode, FALSE, NULL);
    }
}

/* KiMakeDpcThread: the work item; => the next threaded DPC asks again if there is no memory now. */
static VOID NTAPI KiMakeDpcThread(PVOID Context)
{
    PKPRCB Prcb = Context;
    GROUP_AFFINITY None = {0};
    KPRIORITY Priority;

    if (PsStartThread(KiDpcThread, Prcb) != NULL) {
        return;
    }
    Priority = KeQueryPriorityThread(KiGetCurrentThread());
    KiStoreRelease(&Prcb->DpcThreadAsked, FALSE); /* partner: KiPassOnDpc */
    KiBindToProcessor(Prcb);
    KiRunThreadedDpcs(Prcb);
    KeSetPriorityThread(KiGetCurrentThread(), Priority);
    KeRevertToUserGroupAffinityThread(&None);
}

VOID KiInitializeThreadedDpcs(PKPRCB Prcb)
{
    InitializeListHead(&Prcb->Threaded.List);
    KeInitializeEvent(&Prcb->ThreadedDue, SynchronizationEvent, FALSE);
    ExInitializeWorkItem(&Prcb->MakeDpcThread, KiMakeDpcThread, Prcb);
}

VOID KiAwakeDpcThread(PKPRCB Prcb)
{
    if (!KiExchange(&Prcb->DpcThreadAsked, TRUE)) { /* partner: KiMakeDpcThread */
        ExQueueWorkItem(&Prcb->MakeDpcThread, HyperCriticalWorkQueue);
    }
    KeSetEvent(&Prcb->ThreadedDue, 0, FALSE);
}
