/* SPDX-License-Identifier: MIT */
/*
 * report.c: the kernel's end of the report channel (record.h).
 *
 * The channel takes whole records.  Its lock is held with interrupts off, and
 * whoever holds it sends bytes and does nothing else, so a waiter waits for a
 * processor that runs (as with ki_lock.h).  Two cases remain in which the
 * holder is not going to finish first:
 *
 * - An NMI handler, or the handler of a fault, reports on the processor that
 *   holds the lock.  Its record goes to a side buffer.  Only the holder's own
 *   processor ever writes there, so one buffer is enough; the holder sends
 *   what is in it before it releases.  An NMI between its last look and the
 *   release leaves a record behind: the releaser looks once more after the
 *   release, and so does the next holder.
 * - A bug check stops all other processors.  It takes the channel for good
 *   first (KdBreakReportLock): from then on nobody else takes it, and it waits
 *   for the record in progress; only a holder that does not finish in
 *   KDP_PATIENCE, or the failing processor itself, leaves a torn record, which
 *   the reader tells by its check.
 *
 * What finds no room is counted, and the count is reported.
 */
#include "ki.h"

#define KDP_SIDE_SIZE 16384u
#define KDP_PATIENCE  1 /* seconds */

#define KDP_LOST_TEXT "records lost: the side buffer of the report channel was full"

/* The lock: the number of the processor that holds it + 1; 0 = free. */
static ULONG64 KdpOwner;
/* The processor that keeps it until the end, + 1; 0 = none. */
static ULONG64 KdpKeeper;

/* The side buffer: whole records.  Owner's processor only. */
static UCHAR KdpSide[KDP_SIDE_SIZE];
static ULONG KdpSideUsed;
static ULONG KdpLost;

/* KdpSelf: this processor, as the lock knows it; also before there is a control region. */
static ULONG64 KdpSelf(VOID)
{
    return KiProcessorBlock[0] != NULL ? (ULONG64)KiCurrentPrcb()->Number + 1 : 1;
}

/* A record, in the pieces in which its sender has it. */
typedef struct _KDP_RECORD {
    RECORD_HEADER Header;
    const VOID *Fixed;
    ULONG FixedLength;
    const VOID *Tail;
    ULONG TailLength;
} KDP_RECORD;

/* KdpMakeRecord: fill the header; touches all of the payload, so that it cannot fault later. */
static VOID KdpMakeRecord(KDP_RECORD *Record, RECORD_TYPE Type, const VOID *Fixed,
                          ULONG FixedLength, const VOID *Tail, ULONG TailLength)
{
    ULONG Check;

    Record->Header.Magic = RECORD_MAGIC;
    Record->Header.Type = (USHORT)Type;
    Record->Header.Length = FixedLength + TailLength;
    Check = RecordCheck(RECORD_CHECK_SEED, &Record->Header.Type, sizeof(Record->Header.Type));
    Check = RecordCheck(Check, &Record->Header.Length, sizeof(Record->Header.Length));
    Check = RecordCheck(Check, Fixed, FixedLength);
    Record->Header.Check = RecordCheck(Check, Tail, TailLength);
    Record->Fixed = Fixed;
    Record->FixedLength = FixedLength;
    Record->Tail = Tail;
    Record->TailLength = TailLength;
}

/* KdpSend: send a record.  The channel is ours. */
static VOID KdpSend(const KDP_RECORD *Record)
{
    HalReport(&Record->Header, sizeof(Record->Header));
    if (Record->FixedLength != 0) {
        HalReport(Record->Fixed, Record->FixedLength);
    }
    if (Record->TailLength != 0) {
        HalReport(Record->Tail, Record->TailLength);
    }
}

/* KdpPutAside: keep a record for the holder, whom we have interrupted. */
static VOID KdpPutAside(const KDP_RECORD *Record)
{
    ULONG Used = KiLoadRelaxed(&KdpSideUsed);
    ULONG Length = sizeof(Record->Header) + Record->Header.Length;

    if (Length > KDP_SIDE_SIZE - Used) {
        KiFetchAdd(&KdpLost, 1); /* read by KdpSendAside */
        return;
    }
    RtlCopyMemory(KdpSide + Used, &Record->Header, sizeof(Record->Header));
    RtlCopyMemory(KdpSide + Used + sizeof(Record->Header), Record->Fixed, Record->FixedLength);
    RtlCopyMemory(KdpSide + Used + sizeof(Record->Header) + Record->FixedLength, Record->Tail,
                  Record->TailLength);
    KiStoreRelease(&KdpSideUsed, Used + Length); /* read by KdpSendAside, on this processor */
}

/* KdpSendLost: report how many records were lost. */
static VOID KdpSendLost(ULONG Lost)
{
    UCHAR Text[sizeof(KDP_LOST_TEXT) + 11];
    ULONG Start = 11;
    RECORD_FINDING Note = {.Processor = (ULONG)KdpSelf() - 1, .Irql = HalGetIrql(), .Note = 1};
    KDP_RECORD Record;

    RtlCopyMemory(Text + Start, KDP_LOST_TEXT, sizeof(KDP_LOST_TEXT));
    Text[--Start] = ' ';
    do {
        Text[--Start] = (UCHAR)('0' + Lost % 10);
        Lost /= 10;
    } while (Lost != 0);
    KdpMakeRecord(&Record, RecordFinding, &Note, sizeof(Note), Text + Start,
                  11 - Start + sizeof(KDP_LOST_TEXT) - 1);
    KdpSend(&Record);
}

/* KdpIsAside: is anything waiting in the side buffer? */
static BOOLEAN KdpIsAside(VOID)
{
    return KiLoadRelaxed(&KdpSideUsed) != 0 || KiLoadRelaxed(&KdpLost) != 0;
}

/* KdpSendAside: send what was put aside, also while we do.  The channel is ours. */
static VOID KdpSendAside(VOID)
{
    ULONG Sent = 0;
    ULONG Used;
    ULONG Lost;

    do {
        Used = KiLoadAcquire(&KdpSideUsed); /* stored by KdpPutAside */
        if (Used != Sent) {
            HalReport(KdpSide + Sent, Used - Sent);
            Sent = Used;
        }
    } while (!KiCompareExchange(&KdpSideUsed, &Used, 0));

    Lost = KiExchange(&KdpLost, 0); /* counted by KdpPutAside */
    if (Lost != 0) {
        KdpSendLost(Lost);
    }
}

/*
 * KdpAcquire: take the channel.
 *
 * => Interrupts are off; they come back between two attempts if they were on.
 * => FALSE: the code that we have interrupted holds it.
 */
static BOOLEAN KdpAcquire(BOOLEAN Enabled)
{
    for (;;) {
        ULONG64 Self = KdpSelf();
        ULONG64 Owner = KiLoadRelaxed(&KdpOwner);

        if (Owner == Self) {
            return FALSE;
        }
        /* Stored by KdBreakReportLock: once somebody keeps the channel, nobody else may take it. */
        if (Owner == 0 && KiLoadRelaxed(&KdpKeeper) == 0 &&
            KiCompareExchange(&KdpOwner, &Owner, Self)) { /* partner: KdpRelease's store */
            return TRUE;
        }
        HalRestoreInterrupts(Enabled);
        HalWait(&KdpOwner, Owner);
        HalDisableInterrupts();
    }
}

/* KdpRelease: send what was put aside meanwhile and let go. */
static VOID KdpRelease(BOOLEAN Enabled)
{
    do {
        if (KdpIsAside()) {
            KdpSendAside();
        }
        KiStoreRelease(&KdpOwner, 0); /* partner: KdpAcquire's exchange */
    } while (KdpIsAside() && KdpAcquire(Enabled));
}

/*
 * KdReport: send a record: Fixed, then Tail (either may be empty).
 *
 * => Any IRQL, NMI included.  The payload is at most RECORD_LIMIT, in resident memory.
 * => Never waits for code that it has interrupted.
 */
VOID KdReport(RECORD_TYPE Type, const VOID *Fixed, ULONG FixedLength, const VOID *Tail,
              ULONG TailLength)
{
    KDP_RECORD Record;
    BOOLEAN Enabled;

    if ((ULONG64)FixedLength + TailLength > RECORD_LIMIT) {
        KiFetchAdd(&KdpLost, 1); /* read by KdpSendAside */
        return;
    }
    KdpMakeRecord(&Record, Type, Fixed, FixedLength, Tail, TailLength);

    Enabled = HalDisableInterrupts();
    if (KiLoadRelaxed(&KdpKeeper) == KdpSelf()) {
        KdpSend(&Record);
    } else if (KdpAcquire(Enabled)) {
        KdpSend(&Record);
        KdpRelease(Enabled);
    } else {
        KdpPutAside(&Record);
    }
    HalRestoreInterrupts(Enabled);
}

/*
 * KdBreakReportLock: take the channel for good, for a bug check.
 *
 * => Interrupts are off.  Called before the other processors are stopped, so that whoever holds the
 *    channel can finish its record.
 */
VOID KdBreakReportLock(VOID)
{
    ULONG64 Self = KdpSelf();
    ULONG64 Start = HalReadCounter();
    ULONG64 Limit = KDP_PATIENCE * HalCounterFrequency();
    ULONG64 Owner = 0;

    (VOID)KiExchange(&KdpKeeper, Self); /* read by KdpAcquire, and by KdReport on this processor */
    /* Partner: KdpRelease's store. */
    while (!KiCompareExchange(&KdpOwner, &Owner, Self) && Owner != Self) {
        if (HalReadCounter() - Start > Limit) {
            KiStoreRelease(&KdpOwner, Self);
            break;
        }
        HalWait(&KdpOwner, Owner);
        Owner = 0;
    }
    KdpSendAside();
}
