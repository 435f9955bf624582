/* SPDX-License-Identifier: MIT */
/*
 * dpc.c: deferred procedure calls.
 *
 * Every processor has one queue.  Its lock is a word held with interrupts off
 * (ki_lock.h), so a DPC may be queued at any IRQL, also in a call's routine
 * that has interrupted the queue's own code.
 *
 * KDPC.DpcData says in which queue the object is, NULL = in none.  Only who
 * has changed it from NULL by compare-exchange, holding that queue's lock,
 * links the object; so an object that two processors queue at once is queued
 * once.  It is NULL again before the routine runs: the routine may queue its
 * own object again, or free it.
 *
 * KDPC.Number is 0 for the processor that queues, else the target's index + 1.
 *
 * When processing begins, by "Organization of DPC Queues": at once on this
 * processor unless the importance is low, at once on another one if it is
 * high or medium-high; at once in both cases if the queue has grown deep or
 * the target idles; otherwise when the target next processes its queue, at
 * the latest at its next tick.
 */
#include "ki_lock.h"
#include "ki.h"

#define KI_DPC_DEEP 4 /* a queue longer than this is processed at once */

/* KDPC.Type: the dispatcher object types that debuggers show. */
#define KI_DPC_OBJECT          19
#define KI_THREADED_DPC_OBJECT 24

/* KiInitializeDpcQueue: an empty queue for a processor that has not started yet. */
VOID KiInitializeDpcQueue(PKPRCB Prcb)
{
    InitializeListHead(&Prcb->Dpc.List);
    KiInitializeThreadedDpcs(Prcb);
}

static VOID KiInitializeDpc(PRKDPC Dpc, UCHAR Type, PKDEFERRED_ROUTINE Routine, PVOID Context)
{
    RtlZeroMemory(Dpc, sizeof(*Dpc));
    Dpc->Type = Type;
    Dpc->Importance = MediumImportance;
    Dpc->DeferredRoutine = Routine;
    Dpc->DeferredContext = Context;
}

/*
 * KeInitializeDpc: set up a DPC object of medium importance for the processor that will queue it.
 *
 * => Any IRQL.  The object lies in resident memory.
 * => Reference: "KeInitializeDpc function (wdm.h)".
 */
VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    KiInitializeDpc(Dpc, KI_DPC_OBJECT, DeferredRoutine, DeferredContext);
}

/*
 * KeInitializeThreadedDpc: the same for a threaded DPC.
 *
 * => Runs at PASSIVE_LEVEL, see dpc_thread.c.
 * => Reference: "KeInitializeThreadedDpc function (wdm.h)".
 */
VOID NTAPI KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                   PVOID DeferredContext)
{
    KiInitializeDpc(Dpc, KI_THREADED_DPC_OBJECT, DeferredRoutine, DeferredContext);
}

/* KeSetImportanceDpc: "KeSetImportanceDpc function (wdm.h)".  Any IRQL, while it is not queued. */
VOID NTAPI KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    Dpc->Importance = (UCHAR)Importance;
}

/*
 * KeSetTargetProcessorDpcEx: say on which processor a DPC shall run.
 *
 * => STATUS_INVALID_PARAMETER if there is no such active processor: the target stays.
 * => Any IRQL, while it is not queued.
 * => Reference: "KeSetTargetProcessorDpcEx function (wdm.h)".
 */
NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber)
{
    ULONG Index = KeGetProcessorIndexFromNumber(ProcNumber);

    if (Index == INVALID_PROCESSOR_INDEX) {
        return STATUS_INVALID_PARAMETER;
    }
    Dpc->Number = (USHORT)(Index + 1);
    return STATUS_SUCCESS;
}

/* KeSetTargetProcessorDpc: the same for a number of group 0; without effect if there is none. */
VOID NTAPI KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number)
{
    PROCESSOR_NUMBER ProcNumber = {.Group = 0, .Number = (UCHAR)Number};

    KeSetTargetProcessorDpcEx(Dpc, &ProcNumber);
}

/* KiIsDpcUrgent: must Target begin at once, now that Dpc is in its queue (whose lock is held)? */
static BOOLEAN KiIsDpcUrgent(PRKDPC Dpc, PKPRCB Target, PKPRCB Self)
{
    if (Target->Dpc.Depth > KI_DPC_DEEP || KiLoadRelaxed(&Target->IdleHalt)) {
        return TRUE;
    }
    if (Target == Self) {
        return Dpc->Importance != LowImportance;
    }
    return Dpc->Importance == HighImportance || Dpc->Importance == MediumHighImportance;
}

/*
 * KiLinkDpc: put a DPC into Target's queue; its lock is held.
 *
 * => FALSE: it is in some queue already.
 */
static BOOLEAN KiLinkDpc(PRKDPC Dpc, PKPRCB Target, PVOID Argument1, PVOID Argument2)
{
    PVOID None = NULL;

    /* Partners: KiLinkDpc on another processor, the store in KiNextDpc and in KeRemoveQueueDpc. */
    if (!KiCompareExchange(&Dpc->DpcData, &None, &Target->Dpc)) {
        return FALSE;
    }
    Dpc->SystemArgument1 = Argument1;
    Dpc->SystemArgument2 = Argument2;
    if (Dpc->Importance == HighImportance) {
        InsertHeadList(&Target->Dpc.List, &Dpc->DpcListEntry);
    } else {
        InsertTailList(&Target->Dpc.List, &Dpc->DpcListEntry);
    }
    Target->Dpc.Depth++;
    return TRUE;
}

/* KiBeginDpcs: make Target process its queue.  Interrupts are off. */
static VOID KiBeginDpcs(PKPRCB Target, PKPRCB Self)
{
    if (Target == Self) {
        HalRequestSoftwareInterrupt(DISPATCH_LEVEL);
    } else {
        KiInterruptProcessor(HalIpiDispatch, Target->Number);
    }
}

/*
 * KeInsertQueueDpc: queue a DPC.
 *
 * => FALSE if it is queued already: nothing changes then.
 * => Any IRQL.
 * => Reference: "KeInsertQueueDpc function (wdm.h)".
 */
BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    BOOLEAN Enabled = HalDisableInterrupts(); /* from here on this processor is this processor */
    PKPRCB Self = KiCurrentPrcb();
    ULONG Number = Dpc->Number;
    PKPRCB Target = Number != 0 ? KiProcessorBlock[Number - 1] : Self;
    BOOLEAN Inserted;
    BOOLEAN Begin = FALSE;

    KiLockWord(&Target->Dpc.Lock);
    Inserted = KiLinkDpc(Dpc, Target, SystemArgument1, SystemArgument2);
    if (Inserted && !Target->Dpc.Requested && !Target->Dpc.Active &&
        KiIsDpcUrgent(Dpc, Target, Self)) {
        Target->Dpc.Requested = TRUE;
        Begin = TRUE;
    }
    KiUnlockWord(&Target->Dpc.Lock, FALSE);
    if (Begin) {
        KiBeginDpcs(Target, Self);
    }
    HalRestoreInterrupts(Enabled);
    return Inserted;
}

/*
 * KeRemoveQueueDpc: take a DPC out of its queue.
 *
 * => FALSE if it was in none; its routine may be running then.
 * => Any IRQL.
 * => Reference: "KeRemoveQueueDpc function (wdm.h)".
 */
BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc)
{
    PKI_DPC_QUEUE Queue;
    BOOLEAN Removed = FALSE;
    BOOLEAN Enabled;

    /* Stored by KiLinkDpc and KiPassOnDpc; a threaded DPC may have gone on before the lock is ours. */
    while (!Removed && (Queue = (PKI_DPC_QUEUE)KiLoadAcquire(&Dpc->DpcData)) != NULL) {
        Enabled = KiLockWord(&Queue->Lock);
        if (KiLoadRelaxed(&Dpc->DpcData) == Queue) {
            RemoveEntryList(&Dpc->DpcListEntry);
            Queue->Depth--;
            KiStoreRelease(&Dpc->DpcData, NULL); /* read by KiLinkDpc's compare-exchange */
            Removed = TRUE;
        }
        KiUnlockWord(&Queue->Lock, Enabled);
    }
    return Removed;
}

/* KiNextDpc: take the first DPC; the lock is held.  => FALSE: there is none. */
BOOLEAN KiNextDpc(PKI_DPC_QUEUE Queue, PKDPC *Object, PKDPC Copy)
{
    PKDPC Dpc;

    if (IsListEmpty(&Queue->List)) {
        return FALSE;
    }
    Dpc = CONTAINING_RECORD(RemoveHeadList(&Queue->List), KDPC, DpcListEntry);
    Queue->Depth--;
    Queue->Count++;
    *Object = Dpc;
    *Copy = *Dpc;
    KiStoreRelease(&Dpc->DpcData, NULL); /* read by KiLinkDpc's compare-exchange */
    return TRUE;
}

/* KiFindDpcInQueue: one that lies in a range of memory, or has its routine there. */
static PKDPC KiFindDpcInQueue(PKI_DPC_QUEUE Queue, PVOID Base, SIZE_T Size)
{
    PKDPC Found = NULL;
    BOOLEAN Enabled;

    if (KiLoadRelaxed(&Queue->Depth) == 0) {
        return NULL; /* what is queued this moment is queued too late for whoever asks */
    }
    Enabled = KiLockWord(&Queue->Lock);
    for (PLIST_ENTRY Link = Queue->List.Flink; Link != &Queue->List; Link = Link->Flink) {
        PKDPC Dpc = CONTAINING_RECORD(Link, KDPC, DpcListEntry);

        if ((ULONG_PTR)Dpc - (ULONG_PTR)Base < Size ||
            (ULONG_PTR)Dpc->DeferredRoutine - (ULONG_PTR)Base < Size) {
            Found = Dpc;
            break;
        }
    }
    KiUnlockWord(&Queue->Lock, Enabled);
    return Found;
}

/*
 * KiFindDpcIn: a DPC that is queued and lies in a range of memory, or has its routine there.
 *  => NULL: there is none.
 */
PKDPC KiFindDpcIn(PVOID Base, SIZE_T Size)
{
    PKDPC Found = NULL;

    for (ULONG Index = 0; KiIsProcessorActive(Index) && Found == NULL; Index++) {
        Found = KiFindDpcInQueue(&KiProcessorBlock[Index]->Dpc, Base, Size);
        if (Found == NULL) {
            Found = KiFindDpcInQueue(&KiProcessorBlock[Index]->Threaded, Base, Size);
        }
    }
    return Found;
}

VOID KiRunDpc(PKDPC Object, const KDPC *Copy, KIRQL Wanted)
{
    PKDEFERRED_ROUTINE Routine = Copy->DeferredRoutine;
    KIRQL Irql;

    Routine(Object, Copy->DeferredContext, Copy->SystemArgument1, Copy->SystemArgument2);

    Irql = HalGetIrql();
    if (Irql != Wanted) {
        /* Its page has no value for a DPC; 2 is any routine that the system calls. */
        KiBugCheckText(
            "current IRQL << 16 | expected IRQL << 8 | 2, the DPC routine, its context, 0",
            IRQL_UNEXPECTED_VALUE, (ULONG)Irql << 16 | (ULONG)Wanted << 8 | 2, (ULONG_PTR)Routine,
            (ULONG_PTR)Copy->DeferredContext, 0, (ULONG64)Routine, NULL);
    }
}

/*
 * KiPassOnDpc: if the first DPC is a threaded one, put it into the queue of those.
 * => FALSE: it is none.  The lock is held.
 */
static BOOLEAN KiPassOnDpc(PKPRCB Prcb)
{
    PKI_DPC_QUEUE Queue = &Prcb->Dpc;
    PKDPC Dpc;

    if (IsListEmpty(&Queue->List)) {
        return FALSE;
    }
    Dpc = CONTAINING_RECORD(Queue->List.Flink, KDPC, DpcListEntry);
    if (Dpc->Type != KI_THREADED_DPC_OBJECT) {
        return FALSE;
    }
    RemoveEntryList(&Dpc->DpcListEntry);
    Queue->Depth--;
    KiLockWord(&Prcb->Threaded.Lock);
    InsertTailList(&Prcb->Threaded.List, &Dpc->DpcListEntry);
    KiStoreRelaxed(&Prcb->Threaded.Depth, Prcb->Threaded.Depth + 1); /* read by KiFindDpcInQueue */
    KiStoreRelease(&Dpc->DpcData, &Prcb->Threaded); /* partner: KeRemoveQueueDpc */
    KiUnlockWord(&Prcb->Threaded.Lock, FALSE);
    return TRUE;
}

/* KiRunDpcs: process this processor's queue until it is empty. */
static VOID KiRunDpcs(PKPRCB Prcb)
{
    PKI_DPC_QUEUE Queue = &Prcb->Dpc;
    BOOLEAN Threaded = FALSE;
    PKDPC Object;
    KDPC Copy;

    KiLockWord(&Queue->Lock);
    Queue->Active = TRUE;
    for (;;) {
        while (KiPassOnDpc(Prcb)) {
            Threaded = TRUE;
        }
        if (!KiNextDpc(Queue, &Object, &Copy)) {
            break;
        }
        KiUnlockWord(&Queue->Lock, TRUE);
        KiRunDpc(Object, &Copy, DISPATCH_LEVEL);
        KiLockWord(&Queue->Lock);
    }
    Queue->Active = FALSE;
    Queue->Requested = FALSE;
    KiUnlockWord(&Queue->Lock, TRUE);
    if (Threaded) {
        KiAwakeDpcThread(Prcb);
    }
}

/*
 * KiDispatchInterrupt: expired timers, DPCs, then another thread if one is due.
 *
 * => DISPATCH_LEVEL, interrupts on, from the software interrupt: it does not nest, but for the
 *    dispatch interrupts of the threads to which it switches.
 */
VOID NTAPI KiDispatchInterrupt(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();

    if (KiLoadRelaxed(&Prcb->TimersDue)) { /* stored by KiTickTimers */
        KiExpireTimers(Prcb);
    }
    KiRunDpcs(Prcb);
    KiDispatchThreads(Prcb);
}

/* KiRequestDeferredDpcs: begin what KeInsertQueueDpc has left for later; this processor's tick. */
VOID KiRequestDeferredDpcs(PKPRCB Prcb)
{
    BOOLEAN Enabled = KiLockWord(&Prcb->Dpc.Lock);
    BOOLEAN Begin = !IsListEmpty(&Prcb->Dpc.List) && !Prcb->Dpc.Requested && !Prcb->Dpc.Active;

    if (Begin) {
        Prcb->Dpc.Requested = TRUE;
    }
    KiUnlockWord(&Prcb->Dpc.Lock, Enabled);
    if (Begin) {
        HalRequestSoftwareInterrupt(DISPATCH_LEVEL);
    }
}
