/* SPDX-License-Identifier: MIT */
/*
 * ipi.c: KeIpiGenericCall, the rendezvous of all processors.
 *
 * The promise (clauses C1-C17 of docs/contract.md): one routine runs on every
 * active processor at the same instant, at IPI_LEVEL, once each; the call
 * returns when all are done.
 *
 * Theory
 *
 * Calls are numbered.  A caller draws the next number from KiCalls.Next; its
 * number is its ticket in the queue of callers, and the generation of its
 * call.  Numbers only grow, so no word is ever reset and "have I done this
 * one?" is a comparison.  Who writes which word:
 *
 *   word              written by                       read by
 *   Next              every caller, fetch-and-add      -
 *   Routine, Context  the caller whose turn it is      targets of that call
 *   Published         the caller whose turn it is      everybody
 *   Released          the caller whose turn it is      targets of that call
 *   Completed         the caller whose turn it is      the next caller
 *   line.Arrived      the processor that owns it       the caller
 *   line.Finished     the processor that owns it       the caller
 *
 * The life of call g, and why each step may rely on the one before:
 *
 *   caller                                  target
 *   raise to IPI_LEVEL; g = Next++
 *   until Completed == g-1: wait, and
 *   serve the calls of others
 *   Routine, Context = ...
 *   Published = g          --(release)-->   sees g (interrupt, or a poll)
 *   interrupt all others                    Arrived = g
 *   until every Arrived == g   <--------    until Released == g: wait
 *   Released = g           ------------->   run Routine(Context)
 *   run Routine(Context)
 *   until every Finished == g  <--------    Finished = g (release), return
 *   Completed = g          --(release)-->   (the caller of g+1 goes on)
 *
 * - The packet (Routine, Context) is stable from Published = g to
 *   Completed = g, and Completed = g needs Finished = g of every target.  So a
 *   target may read it whenever Finished < Published, and after its own
 *   Finished = g it touches nothing of the call: the next packet may be there.
 * - Only the target writes Finished, and it serves at IPI_LEVEL, where the
 *   interrupt cannot hit it a second time: a call runs once on a processor, by
 *   whichever of interrupt and poll comes first, and the other finds
 *   Finished == Published and returns.  A late, doubled or coalesced interrupt
 *   is therefore harmless, and none can be lost: the interrupt of g stays
 *   pending until CR8 lets it through, and the waiting caller lets nobody else
 *   begin before.
 * - A caller is at IPI_LEVEL before it draws its number.  So it cannot move to
 *   another processor half-way (C12), and no interrupt service routine that
 *   calls can slip between its number and its turn and wait for it for ever
 *   (C11).  While it waits it polls, so the call of another, for which it is a
 *   target, does not wait for it either.
 * - Any other waiter that cannot be interrupted (interrupts off, or IRQL at
 *   IPI_LEVEL or above) polls too: KiPollCalls, in every spin loop of the
 *   kernel.  So a lock holder may call while others spin for the lock (C2).
 * - There is no exit barrier: a target returns to what it was doing after its
 *   own routine (C9).  Nothing in here knows about time; the watchdog reads
 *   these words and writes none of them (C18).
 * - A new processor joins by taking a number like a caller (KiJoinCalls): its
 *   line says that it has finished that number, and it is a target of exactly
 *   the later ones (C17).  The set of targets cannot change during a call.
 */
#include "ki.h"
#include "ipi.h"

/* The queue's word is shared by all callers and stays off the line that targets read. */
static struct {
    DECLSPEC_ALIGN(KI_CACHE_LINE) ULONG64 Next;
    DECLSPEC_ALIGN(KI_CACHE_LINE) ULONG64 Published;
    PKIPI_BROADCAST_WORKER Routine;
    ULONG_PTR Context;
    PKPRCB Initiator;
    ULONG64 Id; /* the recorder's number, 0 = a call of the kernel's own */
    DECLSPEC_ALIGN(KI_CACHE_LINE) ULONG64 Released;
    DECLSPEC_ALIGN(KI_CACHE_LINE) ULONG64 Completed;
} KiCalls;

C_ASSERT(FIELD_OFFSET(KI_CALL_LINE, ArrivedTime) % KI_CACHE_LINE == 0);
C_ASSERT(FIELD_OFFSET(KPRCB, Call) % KI_CACHE_LINE == 0);

/*
 * KiServeCall: take part in the pending call, if there is one that this processor has not served.
 *  => IRQL is IPI_LEVEL: nothing else on this processor serves calls meanwhile.
 */
static VOID KiServeCall(PKPRCB Prcb)
{
    PKI_CALL_LINE Line = &Prcb->Call;
    ULONG64 Call = KiLoadAcquire(&KiCalls.Published); /* the packet, see KiRunCall */
    ULONG_PTR Result;

    if (Call <= Line->Finished) {
        return;
    }

    KiRecordArrived(Line);
    KiStoreRelease(&Line->Arrived, Call); /* read by KiAwaitArrived */
    while (KiLoadAcquire(&KiCalls.Released) != Call) { /* stored by KiRunCall */
        HalWait(&KiCalls.Released, Call - 1);
    }

    KiRecordStarted(Line);
    Result = KiCalls.Routine(KiCalls.Context);
    KiRecordFinished(Line, Result);
    KiStoreRelease(&Line->Finished, Call); /* read by KiAwaitFinished; the packet is gone from here on */
}

/* KiAwaitArrived: wait until every processor but Self stands at the barrier of Call. */
static VOID KiAwaitArrived(ULONG64 Call, PKPRCB Self, ULONG Count)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        PKPRCB Prcb = KiProcessorBlock[Index];

        /* Stored by KiServeCall. */
        while (KiLoadAcquire(&Prcb->Call.Arrived) != Call && Prcb != Self) {
            HalWait(&Prcb->Call.Arrived, Call - 1);
        }
    }
}

/* KiAwaitFinished: wait until every processor but Self has finished Call; their writes are visible then. */
static VOID KiAwaitFinished(ULONG64 Call, PKPRCB Self, ULONG Count)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        PKPRCB Prcb = KiProcessorBlock[Index];

        /* Stored by KiServeCall. */
        while (KiLoadAcquire(&Prcb->Call.Finished) != Call && Prcb != Self) {
            HalWait(&Prcb->Call.Finished, Call - 1);
        }
    }
}

/*
 * KiBeginTurn: draw a number and wait for its turn, serving the calls of others meanwhile.
 *  => IRQL is IPI_LEVEL.  A processor that is no target yet serves nothing.
 *  => Until KiEndTurn of this number nobody else changes the packet or the set of targets.
 */
static ULONG64 KiBeginTurn(PKPRCB Prcb)
{
    ULONG64 Call = KiFetchAdd(&KiCalls.Next, 1) + 1;
    ULONG64 Completed;

    KiStoreRelaxed(&Prcb->Call.Queued, Call); /* for the watchdog's report only */
    while ((Completed = KiLoadAcquire(&KiCalls.Completed)) != Call - 1) { /* stored by KiEndTurn */
        if (Prcb->Active) {
            KiServeCall(Prcb);
        }
        HalWait(&KiCalls.Completed, Completed);
    }
    return Call;
}

static VOID KiEndTurn(PKPRCB Prcb, ULONG64 Call)
{
    KiStoreRelaxed(&Prcb->Call.Queued, 0);
    KiStoreRelease(&KiCalls.Completed, Call); /* read by KiBeginTurn of the next number */
}

/*
 * KiRunCall: run Routine on every active processor at once; the body of KeIpiGenericCall.
 *  => IRQL is IPI_LEVEL.  Recorded if Caller, the return address of the driver's call, is not NULL.
 */
static ULONG_PTR KiRunCall(PKIPI_BROADCAST_WORKER Routine, ULONG_PTR Context, PVOID Caller)
{
    PKPRCB Prcb = KiCurrentPrcb();
    PKI_CALL_LINE Line = &Prcb->Call;
    ULONG64 Entered = KiRecordEntered(Caller);
    ULONG64 Call = KiBeginTurn(Prcb);
    ULONG Count = KiActiveSet.Count;
    ULONG_PTR Result;

    KiCalls.Routine = Routine;
    KiCalls.Context = Context;
    KiCalls.Initiator = Prcb;
    KiCalls.Id = KiRecordBegun(Caller);
    KiStoreRelease(&KiCalls.Published, Call); /* read by KiServeCall */

    KiRecordArrived(Line);
    KiStoreRelaxed(&Line->Arrived, Call); /* nobody waits for the caller's own line */
    if (Count > 1) {
        HalSendIpi(HalIpiCall, &KiActiveSet);
        KiAwaitArrived(Call, Prcb, Count);
        KiStoreRelease(&KiCalls.Released, Call); /* read by KiServeCall */
    }

    KiRecordStarted(Line);
    Result = Routine(Context);
    KiRecordFinished(Line, Result);
    KiStoreRelaxed(&Line->Finished, Call); /* so that a poll does not take it for somebody else's */
    if (Count > 1) {
        KiAwaitFinished(Call, Prcb, Count);
    }

    KiRecordCall(Caller, Entered, Count);
    KiEndTurn(Prcb, Call);
    return Result;
}

/*
 * KeIpiGenericCall: run BroadcastFunction on every processor at once, at IPI_LEVEL, and wait for all.
 *  => Returns what the routine returned on the calling processor.
 *  => IRQL < IPI_LEVEL, any context, spin locks held or interrupts off included; else bug check
 *     IRQL_NOT_LESS_OR_EQUAL (this routine's address, IRQL, 8 = execute, the return address).
 *  => Reference: "KeIpiGenericCall function (wdm.h)".
 */
ULONG_PTR NTAPI KeIpiGenericCall(PKIPI_BROADCAST_WORKER BroadcastFunction, ULONG_PTR Context)
{
    PVOID Caller = __builtin_return_address(0);
    KIRQL OldIrql = HalGetIrql();
    ULONG_PTR Result;

    if (OldIrql >= IPI_LEVEL) {
        KiBugCheck(IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)KeIpiGenericCall, OldIrql, 8,
                   (ULONG_PTR)Caller, (ULONG64)Caller, NULL);
    }
    HalSetIrql(IPI_LEVEL);
    Result = KiRunCall(BroadcastFunction, Context, Caller);
    HalSetIrql(OldIrql);
    return Result;
}

/* KiRunEverywhere: the same for the kernel's own purposes: not recorded.  IRQL < IPI_LEVEL. */
VOID KiRunEverywhere(PKIPI_BROADCAST_WORKER Routine, ULONG_PTR Context)
{
    KIRQL OldIrql = HalGetIrql();

    HalSetIrql(IPI_LEVEL);
    KiRunCall(Routine, Context, NULL);
    HalSetIrql(OldIrql);
}

/* KiIpiInterrupt: the interrupt of a call.  IRQL is IPI_LEVEL, interrupts are on. */
VOID NTAPI KiIpiInterrupt(VOID)
{
    KiServeCall(KiCurrentPrcb());
}

/*
 * KiPollCalls: serve a pending call from a loop that waits for another processor.
 *  => Does nothing where the interrupt can come by itself.
 */
VOID KiPollCalls(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();
    KIRQL OldIrql;

    if (!Prcb->Active || KiLoadRelaxed(&KiCalls.Published) <= Prcb->Call.Finished) {
        return;
    }
    OldIrql = HalGetIrql();
    if (OldIrql < IPI_LEVEL && HalAreInterruptsEnabled()) {
        return;
    }
    if (KiLoadRelaxed(&Prcb->Call.Arrived) > Prcb->Call.Finished) {
        return; /* it waits inside the routine: the call is being served already */
    }
    HalSetIrql(IPI_LEVEL);
    KiServeCall(Prcb);
    HalSetIrql(OldIrql);
}

/*
 * KiJoinCalls: make a processor a target of every call that begins from now on.
 *  => Runs on that processor, at PASSIVE_LEVEL, ready to be interrupted.
 */
VOID KiJoinCalls(PKPRCB Prcb)
{
    KIRQL OldIrql = HalGetIrql();
    ULONG64 Call;

    HalSetIrql(IPI_LEVEL);
    Call = KiBeginTurn(Prcb);
    Prcb->Call.Arrived = Call;
    Prcb->Call.Finished = Call;
    KiActivateProcessor(Prcb);
    KiEndTurn(Prcb, Call);
    HalSetIrql(OldIrql);
}

/* KiQueryCall: what is pending, for reports: a snapshot that may be old when it is read. */
VOID KiQueryCall(KI_CALL_STATE *State)
{
    State->Call = KiLoadAcquire(&KiCalls.Published);
    State->Pending = State->Call > KiLoadAcquire(&KiCalls.Completed);
    State->Id = KiCalls.Id;
    State->Routine = (PVOID)KiCalls.Routine;
    State->Context = KiCalls.Context;
    State->Initiator = KiCalls.Initiator != NULL ? KiCalls.Initiator->Number : 0;
}

/* KiQueryCallPhase: how far a processor is in the pending call. */
RECORD_PHASE KiQueryCallPhase(const KI_CALL_STATE *State, PKPRCB Prcb)
{
    ULONG64 Queued = KiLoadRelaxed(&Prcb->Call.Queued);

    if (!State->Pending || !Prcb->Active) {
        return RecordPhaseNone;
    }
    if (KiLoadAcquire(&Prcb->Call.Finished) >= State->Call) {
        return Queued > State->Call ? RecordPhaseQueued : RecordPhaseFinished;
    }
    if (KiLoadAcquire(&Prcb->Call.Arrived) < State->Call) {
        return RecordPhaseNotArrived;
    }
    if (KiActiveSet.Count > 1 && KiLoadAcquire(&KiCalls.Released) != State->Call) {
        return RecordPhaseArrived;
    }
    return RecordPhaseInRoutine;
}
