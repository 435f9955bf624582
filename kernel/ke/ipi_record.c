/* SPDX-License-Identifier: MIT */
/*
 * ipi_record.c: what is remembered of the drivers' calls.
 *
 * The first KiOptions.Record calls are kept in full, and of all later ones the
 * slowest.  Everything here runs in the caller's turn (ipi.c), one processor at
 * a time; the buffer is allocated before the first driver starts, since a call
 * can come from any IRQL.
 */
#include "ipi.h"

BOOLEAN KiRecording;

static struct {
    RECORD_CALLS Totals;
    ULONG Kept;       /* in full */
    ULONG Room;       /* for so many calls, the slowest one's place not counted */
    SIZE_T Stride;    /* bytes per call */
    PUCHAR Calls;     /* [Room + 1]; the last place is the slowest's */
    ULONG64 SlowestLatency;
    BOOLEAN Reported;
} KiRecorder;

/*
 * KiInitializeRecorder: make room for the calls that the options ask for.
 *  => After the processors have been counted.  If memory is short, fewer are kept.
 */
VOID KiInitializeRecorder(VOID)
{
    ULONG Room = KiOptions.Record;

    if (Room == 0) {
        return;
    }
    KiRecorder.Stride =
        sizeof(RECORD_CALL) + KiMaximumProcessors() * sizeof(RECORD_CALL_PROCESSOR);
    while ((KiRecorder.Calls = MmAllocateSystemMemory((Room + 1) * KiRecorder.Stride)) == NULL) {
        if (Room == 0) {
            return;
        }
        Room /= 2;
    }
    KiRecorder.Room = Room;
    KiRecording = TRUE;
}

/* KiRecordPlace: where the call that has just ended belongs, NULL = it is not kept. */
static RECORD_CALL *KiRecordPlace(ULONG64 Latency, BOOLEAN *Slowest)
{
    ULONG Place = KiRecorder.Kept;

    *Slowest = KiRecorder.Kept == KiRecorder.Room;
    if (*Slowest) {
        if (Latency <= KiRecorder.SlowestLatency) {
            return NULL;
        }
        KiRecorder.SlowestLatency = Latency;
    } else {
        KiRecorder.Kept++;
    }
    return (RECORD_CALL *)(KiRecorder.Calls + Place * KiRecorder.Stride);
}

/* KiElapsed: counts from one time to another; 0 if counters out of step show them in reverse. */
static ULONG64 KiElapsed(ULONG64 From, ULONG64 To)
{
    return (LONG64)(To - From) < 0 ? 0 : To - From;
}

/* KiFindShift: by how much a call's times must be shifted so that the longest fits its field. */
static ULONG KiFindShift(ULONG64 Entered)
{
    ULONG64 Longest = 0;
    ULONG Shift = 0;

    for (ULONG Index = 0; Index < KiActiveSet.Count; Index++) {
        /* The last of its three times, by its own counter. */
        ULONG64 Time = KiElapsed(Entered, KiProcessorBlock[Index]->Call.FinishedTime);

        Longest = Time > Longest ? Time : Longest;
    }
    while (Longest >> Shift > MAXULONG) {
        Shift++;
    }
    return Shift;
}

/* KiRecordProcessor: copy a processor's line. */
static VOID KiRecordProcessor(RECORD_CALL_PROCESSOR *Record, const KPRCB *Prcb, ULONG64 Entered,
                              ULONG Shift)
{
    Record->Arrived = (ULONG)(KiElapsed(Entered, Prcb->Call.ArrivedTime) >> Shift);
    Record->Started = (ULONG)(KiElapsed(Entered, Prcb->Call.StartedTime) >> Shift);
    Record->Finished = (ULONG)(KiElapsed(Entered, Prcb->Call.FinishedTime) >> Shift);
    Record->Group = Prcb->Group;
    Record->Number = Prcb->GroupIndex;
    Record->Irql = (UCHAR)Prcb->Call.Irql;
}

/* KiCountDiffering: on how many processors did the routine not return this? */
static ULONG KiCountDiffering(ULONG_PTR Result)
{
    ULONG Differing = 0;

    for (ULONG Index = 0; Index < KiActiveSet.Count; Index++) {
        Differing += KiProcessorBlock[Index]->Call.Result != Result;
    }
    return Differing;
}

/* KiRecordCall: keep the call whose turn is about to end: all have finished, nobody writes their lines. */
VOID KiRecordCall(PVOID Caller, ULONG64 Entered)
{
    PKPRCB Self = KiCurrentPrcb();
    ULONG64 Left = HalReadCounter();
    ULONG Differing = KiCountDiffering(Self->Call.Result);
    RECORD_CALL_PROCESSOR *Processor;
    KI_CALL_STATE State;
    RECORD_CALL *Record;
    BOOLEAN Slowest;

    KiRecorder.Totals.Differing += Differing != 0;
    Record = KiRecordPlace(Left - Entered, &Slowest);
    if (Record == NULL) {
        return;
    }
    KiQueryCall(&State);
    Record->Id = State.Id;
    Record->Routine = (ULONG_PTR)State.Routine;
    Record->Context = State.Context;
    Record->Result = Self->Call.Result;
    Record->Caller = (ULONG_PTR)Caller;
    Record->Entered = Entered;
    Record->Begun = Self->Call.ArrivedTime;
    Record->Left = Left;
    Record->Initiator = Self->Number;
    Record->Count = KiActiveSet.Count;
    Record->Slowest = Slowest;
    Record->Differing = Differing;
    Record->Shift = KiFindShift(Entered);
    Processor = (RECORD_CALL_PROCESSOR *)(Record + 1);
    for (ULONG Index = 0; Index < Record->Count; Index++) {
        KiRecordProcessor(&Processor[Index], KiProcessorBlock[Index], Entered, Record->Shift);
    }
}

/*
 * KiReportCalls: send what was kept, and the totals; once.
 *  => No call is in its last steps: the drivers are gone, or a bug check has stopped the others.
 */
VOID KiReportCalls(VOID)
{
    ULONG Records = KiRecorder.Kept + (KiRecorder.SlowestLatency != 0 ? 1 : 0);

    if (KiRecorder.Reported) {
        return;
    }
    KiRecorder.Reported = TRUE;
    for (ULONG Place = 0; Place < Records; Place++) {
        RECORD_CALL *Record = (RECORD_CALL *)(KiRecorder.Calls + Place * KiRecorder.Stride);

        if (Record->Count != 0) { /* 0: a bug check hit while it was written */
            KdReport(RecordCall, Record, sizeof(*Record), Record + 1,
                     Record->Count * sizeof(RECORD_CALL_PROCESSOR));
        }
    }
    KiRecorder.Totals.Total = KiDriverCalls;
    KdReport(RecordCalls, &KiRecorder.Totals, sizeof(KiRecorder.Totals), NULL, 0);
}
