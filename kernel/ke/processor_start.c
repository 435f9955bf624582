/* SPDX-License-Identifier: MIT */
/*
 * processor_start.c: bringing the other processors up, and what they do when
 * there is nothing to do.
 */
#include "ki.h"

/* Counted up by a processor that has joined the calls or failed to; the boot processor waits for it. */
static ULONG64 KiProcessorsReady = 1;
static NTSTATUS KiProcessorStatus; /* why the one that was started last has failed */

/*
 * KiIdleLoop: wait for interrupts, for ever.
 *  => PASSIVE_LEVEL, so that every interrupt, also a software one, is taken at once.
 */
DECLSPEC_NORETURN VOID KiIdleLoop(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();

    KiStoreRelaxed(&Prcb->IdleHalt, TRUE); /* read by dpc.c: an idle processor is woken at once */
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
    KiStartTicks();
    HalSetIrql(PASSIVE_LEVEL);
    HalRestoreInterrupts(TRUE);
    KiJoinCalls(Prcb);
    KiFetchAdd(&KiProcessorsReady, 1); /* read by KiStartProcessors */
    KiIdleLoop();
}

/* KiStartProcessor: start one processor and wait until it takes part in calls. */
static VOID KiStartProcessor(ULONG Index)
{
    PKI_PCR Pcr = KiCreateProcessor(Index, NULL, NULL);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;

    if (Pcr != NULL) {
        Status = HalStartProcessor(Index, Pcr->Prcb.StackBase, KiProcessorEntry, Pcr);
    }
    if (NT_SUCCESS(Status)) {
        HalWaitUntil(&KiProcessorsReady, Index + 1); /* counted by KiProcessorEntry */
        Status = KiProcessorStatus;
    }
    if (!NT_SUCCESS(Status)) {
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, Index, (ULONG_PTR)Status, 0, 0);
    }
}

/* KiStartProcessors: start all processors that the options ask for.  Boot processor, PASSIVE_LEVEL. */
VOID KiStartProcessors(VOID)
{
    ULONG Count = HalQueryProcessorCount();

    if (KiOptions.Processors != 0 && KiOptions.Processors < Count) {
        Count = KiOptions.Processors;
    }
    if (Count > KI_MAXIMUM_PROCESSORS) {
        Count = KI_MAXIMUM_PROCESSORS;
    }
    for (ULONG Index = 1; Index < Count; Index++) {
        KiStartProcessor(Index);
    }
}
