/* SPDX-License-Identifier: MIT */
/*
 * processor_start.c: bringing the other processors up, at boot and later, and
 * what they do when there is nothing to do.
 *
 * Indexes are given without gaps: the calls count on it (ipi.c).  So a
 * processor that is refused or fails leaves its index to the next attempt.
 *
 * One that comes up while others run already may hold a translation that they
 * have dropped meanwhile by a call in which it had no part.  It forgets all
 * of its translations between its entry into the calls and its first interrupt.
 */
#include "ki.h"

/* Counted up by a processor that has joined the calls or failed to; read by who has started it. */
static ULONG64 KiProcessorsReady;
static NTSTATUS KiProcessorStatus; /* of the one that was started last */

/*
 * KiIdleLoop: wait for interrupts, for ever.
 *  => Goes to PASSIVE_LEVEL, so that every interrupt, also a software one, is taken at once; the
 *     dispatch interrupt switches to whatever thread there is.
 */
DECLSPEC_NORETURN VOID KiIdleLoop(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();

    HalDisableInterrupts();
    KiStoreRelaxed(&Prcb->IdleHalt, TRUE); /* read by dpc.c: an idle processor is woken at once */
    HalSetIrql(PASSIVE_LEVEL);
    for (;;) {
        HalIdle();
    }
}

/* KiProcessorEntry: the first thing a started processor runs; interrupts off, on its idle stack. */
static VOID NTAPI KiProcessorEntry(PVOID Context)
{
    PKI_PCR Pcr = Context;
    PKPRCB Prcb = &Pcr->Prcb;
    NTSTATUS Status;

    Status = HalInitializeProcessor(Prcb->Number, Pcr, 0);
    if (NT_SUCCESS(Status)) {
        Status = HalInitializeProcessor(Prcb->Number, Pcr, 1);
    }
    if (!NT_SUCCESS(Status)) {
        KiProcessorStatus = Status; /* a processor without its tables cannot report by itself */
        KiFetchAdd(&KiProcessorsReady, 1);
        HalHaltProcessor();
    }
    HalSetIrql(DISPATCH_LEVEL); /* up to KiIdleLoop: who has started it is not kept waiting */
    KiJoinCalls(Prcb);
    HalFlushAll();
    KiStartTicks();
    HalRestoreInterrupts(TRUE);
    KiFetchAdd(&KiProcessorsReady, 1); /* read by KiStartProcessor */
    KiIdleLoop();
}

/* KiFindProcessor: the control region for a new processor; an attempt that has failed left one. */
static PKI_PCR KiFindProcessor(ULONG Index)
{
    PKPRCB Prcb = KiProcessorBlock[Index];

    return Prcb != NULL ? Prcb->Pcr : KiCreateProcessor(Index, NULL, NULL);
}

/*
 * KiStartProcessor: start one processor and wait until it takes part in calls.
 *
 * => Index is the first one that is not active.  One at a time.  PASSIVE_LEVEL.
 */
static NTSTATUS KiStartProcessor(ULONG Index)
{
    PKI_PCR Pcr = KiFindProcessor(Index);
    ULONG64 Ready = KiLoadRelaxed(&KiProcessorsReady);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;

    if (Pcr != NULL) {
        KiProcessorStatus = STATUS_SUCCESS;
        Status = HalStartProcessor(Index, Pcr->Prcb.StackBase, KiProcessorEntry, Pcr);
    }
    if (NT_SUCCESS(Status)) {
        HalWaitUntil(&KiProcessorsReady, Ready + 1); /* counted by KiProcessorEntry */
        Status = KiProcessorStatus;
    }
    return Status;
}

/* KiStartProcessors: start all that the options want at boot.  Boot processor, PASSIVE_LEVEL. */
VOID KiStartProcessors(VOID)
{
    ULONG Count = KiMaximumProcessors();
    NTSTATUS Status;

    if (KiOptions.Processors != 0 && KiOptions.Processors < Count) {
        Count = KiOptions.Processors;
    }
    for (ULONG Index = 1; Index < Count; Index++) {
        Status = KiStartProcessor(Index);
        if (!NT_SUCCESS(Status)) {
            KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, Index, (ULONG_PTR)Status, 0, 0);
        }
    }
}

/* KiAddProcessor: add one processor to the running system, unless a callback refuses it. */
static VOID KiAddProcessor(ULONG Index)
{
    RECORD_ADDITION Record = {.Index = Index};
    KI_PROCESSOR_CHANGE Change;
    NTSTATUS Status = KiBeginProcessorChange(&Change, Index);

    if (NT_SUCCESS(Status)) {
        Status = KiStartProcessor(Index);
    }
    KiEndProcessorChange(&Change, Status);
    Record.Status = (ULONG)Status;
    Record.Refuser = (ULONG64)Change.Refuser;
    KdReport(RecordAddition, &Record, sizeof(Record), NULL, 0);
}

/*
 * KiAddProcessors: add the processors that the options hold back, one after another, while the
 * drivers run.
 *
 * => Each attempt is one of them; it has the first free index.  PASSIVE_LEVEL.
 */
VOID KiAddProcessors(VOID)
{
    ULONG Maximum = KiMaximumProcessors();
    ULONG Held = Maximum - KiActiveSet.Count;

    for (ULONG Attempt = 0; Attempt < Held && Attempt < KiOptions.HotAdd; Attempt++) {
        KiAddProcessor(KiActiveSet.Count);
    }
}
