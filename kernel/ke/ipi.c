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
 * - A processor's Finished starts at KI_NO_CALL, the greatest number: it has no
 *   part in any call.  It joins by taking a number like a caller (KiJoinCalls);
 *   then its line says that it has finished that one, and it is a target of
 *   exactly the later ones (C17).  The set of targets cannot change during a call.
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
    ULONG64 Id; /* its number among the drivers' calls, 0 = a call of the kernel's own */
    DECLSPEC_ALIGN(KI_CACHE_LINE) ULONG64 Released;
    DECLSPEC_ALIGN(KI_CACHE_LINE) ULONG64 Completed;
} KiCalls;

/* The drivers' calls so far; written in the caller's turn. */
ULONG64 KiDriverCalls;

C_ASSERT(FIELD_OFFSET(KI_CALL_LINE, ArrivedTime) % KI_CACHE_LINE == 0);
C_ASSERT(FIELD_OFFSET(KPRCB, Call) % KI_CACHE_LINE == 0);

/* KiTakePart: stand at the barrier, run the routine, say so; the target's side of the table above. */
KI_INLINE VOID KiTakePart(PKI_CALL_LINE Line, ULONG64 Call, BOOLEAN Record)
{
    ULONG_PTR Result;

    KiMarkRoutine();
    KiRecordArrived(Line, Record);
    KiStoreRelease(&Line->Arrived, Call); /* read by KiAwaitArrived */
    if (KiLoadAcquire(&KiCalls.Released) != Call) { /* stored by KiLead */
        HalWaitUntil(&KiCalls.Released, Call);
    }
    KiRecordStarted(Line, Record);
    Result = KiCalls.Routine(KiCalls.Context);
    KiRecordFinished(Line, Result, Record);
    KiStoreRelease(&Line->Finished, Call); /* read by KiAwaitFinished; from here on the packet is gone */
}

/* KiTakePartRecorded: the same with the recorder's hooks. */
static DECLSPEC_NOINLINE VOID KiTakePartRecorded(PKI_CALL_LINE Line, ULONG64 Call)
{
    KiTakePart(Line, Call, TRUE);
}

/*
 * KiServeCall: take part in the pending call, if there is one that this processor has not served.
 *  => IRQL is IPI_LEVEL: nothing else on this processor serves calls meanwhile.
 */
KI_INLINE VOID KiServeCall(PKPRCB Prcb)
{
    ULONG64 Call = KiLoadAcquire(&KiCalls.Published); /* the packet; stored by KiLead */

    if (Call <= Prcb->Call.Finished) {
        return;
    }
    if (KiRecording) {
        KiTakePartRecorded(&Prcb->Call, Call);
    } else {
        KiTakePart(&Prcb->Call, Call, FALSE);
    }
}

/* KiAwaitArrived: wait until every processor stands at the barrier of Call, the caller included. */
KI_INLINE VOID KiAwaitArrived(ULONG64 Call, ULONG Count)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        const ULONG64 *Arrived = &KiProcessorBlock[Index]->Call.Arrived; /* stored by KiTakePart */

        if (KiLoadAcquire(Arrived) != Call) {
            HalWaitUntil(Arrived, Call);
        }
    }
}

/* KiAwaitFinished: wait until every processor has finished Call; their writes are visible then. */
KI_INLINE VOID KiAwaitFinished(ULONG64 Call, ULONG Count)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        const ULONG64 *Finished = &KiProcessorBlock[Index]->Call.Finished; /* stored by KiTakePart */

        if (KiLoadAcquire(Finished) != Call) {
            HalWaitUntil(Finished, Call);
        }
    }
}

/* KiIsCallPending: is there a call that this processor neither has served nor is serving? */
KI_INLINE BOOLEAN KiIsCallPending(PKPRCB Prcb)
{
    PKI_CALL_LINE Line = &Prcb->Call;

    return KiLoadRelaxed(&KiCalls.Published) > Line->Finished && Line->Arrived <= Line->Finished;
}

/* KiServeByPolling: serve the pending call; IRQL and interrupt flag are as before afterwards (C13). */
static DECLSPEC_NOINLINE VOID KiServeByPolling(PKPRCB Prcb)
{
    ULONG Old = HalSaveAndRaiseIrql(IPI_LEVEL);

    KiServeCall(Prcb);
    HalRestoreIrql(Old);
}

/* KiAwaitTurn: wait for the turn of Call, serving the calls of others. */
static DECLSPEC_NOINLINE VOID KiAwaitTurn(PKPRCB Prcb, ULONG64 Call)
{
    ULONG64 Completed;

    KiStoreRelaxed(&Prcb->Call.Queued, Call); /* read by KiQueryCallPhase */
    while ((Completed = KiLoadAcquire(&KiCalls.Completed)) != Call - 1) { /* stored by KiEndTurn */
        if (KiIsCallPending(Prcb)) {
            KiServeByPolling(Prcb);
        }
        HalWait(&KiCalls.Completed, Completed);
    }
    KiStoreRelaxed(&Prcb->Call.Queued, 0);
}

/*
 * KiBeginTurn: draw a number and wait for its turn.
 *  => IRQL is IPI_LEVEL.
 *  => Until KiEndTurn of this number nobody else changes the packet or the set of targets.
 */
KI_INLINE ULONG64 KiBeginTurn(PKPRCB Prcb)
{
    ULONG64 Call = KiFetchAdd(&KiCalls.Next, 1) + 1;

    if (KiLoadAcquire(&KiCalls.Completed) != Call - 1) { /* stored by KiEndTurn */
        KiAwaitTurn(Prcb, Call);
    }
    return Call;
}

KI_INLINE VOID KiEndTurn(ULONG64 Call)
{
    KiStoreRelease(&KiCalls.Completed, Call); /* read by KiBeginTurn of the next number */
}

/* KiLead: publish the packet and run it; the caller's side of the table above, in its turn. */
KI_INLINE ULONG_PTR KiLead(PKPRCB Prcb, ULONG64 Call, PKIPI_BROADCAST_WORKER Routine,
                            ULONG_PTR Context, BOOLEAN Record)
{
    PKI_CALL_LINE Line = &Prcb->Call;
    ULONG Count = KiActiveSet.Count;
    ULONG_PTR Result;

    KiMarkRoutine();
    KiCalls.Routine = Routine;
    KiCalls.Context = Context;
    KiCalls.Initiator = Prcb;
    KiStoreRelease(&KiCalls.Published, Call); /* read by KiServeCall */

    KiRecordArrived(Line, Record);
    KiStoreRelaxed(&Line->Arrived, Call); /* read by KiAwaitArrived, right here */
    if (Count > 1) {
        HalSendIpi(HalIpiCall, &KiActiveSet);
        KiAwaitArrived(Call, Count);
        KiStoreRelease(&KiCalls.Released, Call); /* read by KiTakePart */
    }

    KiRecordStarted(Line, Record);
    Result = Routine(Context);
    KiRecordFinished(Line, Result, Record);
    KiStoreRelaxed(&Line->Finished, Call); /* so that a poll does not take it for another's, too */
    if (Count > 1) {
        KiAwaitFinished(Call, Count);
    }
    return Result;
}

/*
 * KiRunCall: run Routine on every active processor at once.
 *  => IRQL is IPI_LEVEL.  Driver: a driver's call, which is counted; the kernel's own are not.
 */
KI_INLINE ULONG_PTR KiRunCall(PKIPI_BROADCAST_WORKER Routine, ULONG_PTR Context, BOOLEAN Driver)
{
    PKPRCB Prcb = KiCurrentPrcb();
    ULONG64 Call = KiBeginTurn(Prcb);
    ULONG_PTR Result;

    KiCalls.Id = Driver ? ++KiDriverCalls : 0;
    Result = KiLead(Prcb, Call, Routine, Context, FALSE);
    KiEndTurn(Call);
    return Result;
}

/* KiRunRecordedCall: the same with the recorder's hooks; Caller is the return address of the call. */
static DECLSPEC_NOINLINE ULONG_PTR KiRunRecordedCall(PKIPI_BROADCAST_WORKER Routine,
                                                     ULONG_PTR Context, PVOID Caller)
{
    PKPRCB Prcb = KiCurrentPrcb();
    ULONG64 Entered = HalReadCounter();
    ULONG64 Call = KiBeginTurn(Prcb);
    ULONG_PTR Result;

    KiCalls.Id = ++KiDriverCalls;
    Result = KiLead(Prcb, Call, Routine, Context, TRUE);
    KiRecordCall(Caller, Entered);
    KiEndTurn(Call);
    return Result;
}

/*
 * KiRaiseToIpiLevel: bind the caller of Routine to its processor.
 *  => The old IRQL and interrupt flag, for HalRestoreIrql: a routine may leave others behind, the call
 *     does not (C13).  Bug check unless that IRQL is below IPI_LEVEL.
 */
KI_INLINE ULONG KiRaiseToIpiLevel(PVOID Routine, PVOID Caller)
{
    ULONG Old = HalSaveAndRaiseIrql(IPI_LEVEL);

    if ((KIRQL)Old >= IPI_LEVEL) {
        HalRestoreIrql(Old);
        KiBugCheck(IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)Routine, (KIRQL)Old, 8, (ULONG_PTR)Caller,
                   (ULONG64)Caller, NULL);
    }
    return Old;
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
    ULONG Old = KiRaiseToIpiLevel((PVOID)KeIpiGenericCall, Caller);
    ULONG_PTR Result;

    if (KiRecording) {
        Result = KiRunRecordedCall(BroadcastFunction, Context, Caller);
    } else {
        Result = KiRunCall(BroadcastFunction, Context, TRUE);
    }
    HalRestoreIrql(Old);
    return Result;
}

/*
 * KiRunEverywhere: the same for the kernel's own purposes: neither counted nor recorded.
 *  => IRQL < IPI_LEVEL; else bug check, at the caller's place: a driver did inside the routine what
 *     needs all processors, such as freeing memory (R1).
 */
VOID KiRunEverywhere(PKIPI_BROADCAST_WORKER Routine, ULONG_PTR Context)
{
    ULONG Old = KiRaiseToIpiLevel((PVOID)KiRunEverywhere, __builtin_return_address(0));

    KiRunCall(Routine, Context, FALSE);
    HalRestoreIrql(Old);
}

/*
 * KiIpiInterrupt: the interrupt of a call.  IRQL is IPI_LEVEL, interrupts are on.
 *  => A routine that lowers the IRQL (R6) lets in the interrupt of the very call that a poll serves.
 */
VOID NTAPI KiIpiInterrupt(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();

    if (KiLoadRelaxed(&Prcb->Call.Arrived) <= Prcb->Call.Finished) {
        KiServeCall(Prcb);
    }
}

/*
 * KiPollCalls: serve a pending call from a loop that waits for another processor.
 *  => Does nothing where the interrupt can come by itself, nor inside a call's routine.
 */
VOID KiPollCalls(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();

    if (KiIsCallPending(Prcb) && (HalGetIrql() >= IPI_LEVEL || !HalAreInterruptsEnabled())) {
        KiServeByPolling(Prcb);
    }
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
    KiEndTurn(Call);
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
