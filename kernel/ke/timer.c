/* SPDX-License-Identifier: MIT */
/*
 * timer.c: timers.
 *
 * The timers that are set are in one list, the next one to expire first, under
 * the dispatcher lock.  The tick of the processor that owns the clock compares
 * the time with the first one's, which is kept in a word of its own so that a
 * tick needs no lock; the expired ones are worked off in that processor's
 * dispatch interrupt, before its DPCs.  So a timer expires at the first tick
 * after its time.
 *
 * Times are interrupt times (time.c).  System time never jumps here, so an
 * absolute time is turned into one of those when the timer is set.
 *
 * References: "KeSetTimerEx function (wdm.h)", "Using Timer Objects".
 */
#include "ki.h"

#define KI_NEVER                MAXULONG64
#define KI_UNITS_PER_MILLISECOND 10000ull

static LIST_ENTRY KiTimers = {&KiTimers, &KiTimers};
static ULONG64 KiNextDueTime = KI_NEVER; /* of the first one */

/* Everything in here but the tick and the exports' first lines: the dispatcher lock is held. */

static VOID KiNoteFirst(VOID)
{
    ULONG64 Next = KI_NEVER;

    if (!IsListEmpty(&KiTimers)) {
        Next = CONTAINING_RECORD(KiTimers.Flink, KTIMER, TimerListEntry)->DueTime.QuadPart;
    }
    KiStoreRelaxed(&KiNextDueTime, Next); /* read by KiTickTimers */
}

VOID KiInsertTimer(PKTIMER Timer, ULONG64 DueTime)
{
    PLIST_ENTRY Link = KiTimers.Blink;

    while (Link != &KiTimers &&
           CONTAINING_RECORD(Link, KTIMER, TimerListEntry)->DueTime.QuadPart > DueTime) {
        Link = Link->Blink;
    }
    InsertHeadList(Link, &Timer->TimerListEntry); /* behind Link */
    Timer->DueTime.QuadPart = DueTime;
    Timer->Header.Inserted = TRUE;
    KiNoteFirst();
}

BOOLEAN KiRemoveTimer(PKTIMER Timer)
{
    if (!Timer->Header.Inserted) {
        return FALSE;
    }
    RemoveEntryList(&Timer->TimerListEntry);
    Timer->Header.Inserted = FALSE;
    KiNoteFirst();
    return TRUE;
}

/*
 * KiDueTime: turn a time as drivers give it (100 ns, negative = from now) into an interrupt time.
 *  => *Passed: it is not in the future.
 */
ULONG64 KiDueTime(LARGE_INTEGER Time, BOOLEAN *Passed)
{
    ULONG64 Now = KiPreciseInterruptTime();
    ULONG64 DueTime = Time.QuadPart < 0 ? Now - (ULONG64)Time.QuadPart
                                        : KiSystemTimeToInterruptTime((ULONG64)Time.QuadPart);

    *Passed = DueTime <= Now;
    return DueTime;
}

/* KiTickTimers: see whether a timer has expired. */
VOID KiTickTimers(PKPRCB Prcb)
{
    if (KiLoadRelaxed(&KiNextDueTime) <= KiPreciseInterruptTime()) { /* stored by KiNoteFirst */
        KiStoreRelaxed(&Prcb->TimersDue, TRUE); /* read by KiDispatchInterrupt, on this processor */
        HalRequestSoftwareInterrupt(DISPATCH_LEVEL);
    }
}

/* KiExpireTimer: signal, queue the DPC, set a periodic timer again. */
static VOID KiExpireTimer(PKTIMER Timer, ULONG64 Now)
{
    PKDPC Dpc = Timer->Dpc;
    ULONG64 DueTime = Timer->DueTime.QuadPart;

    Timer->Header.SignalState = 1;
    if (Timer->Period != 0) {
        /* Not faster than the clock ticks: what was missed is left out. */
        DueTime += Timer->Period * KI_UNITS_PER_MILLISECOND;
        KiInsertTimer(Timer, DueTime > Now ? DueTime : Now + 1);
    }
    KiTestWaiters(Timer, 0);
    if (Dpc != NULL) {
        LARGE_INTEGER Time;

        KeQuerySystemTime(&Time);
        KeInsertQueueDpc(Dpc, (PVOID)(ULONG_PTR)Time.LowPart, (PVOID)(ULONG_PTR)Time.HighPart);
    }
}

/* KiExpireTimers: work off what has expired.  DISPATCH_LEVEL. */
VOID KiExpireTimers(PKPRCB Prcb)
{
    ULONG64 Now = KiPreciseInterruptTime();
    BOOLEAN Enabled = KiLockDispatcher();

    KiStoreRelaxed(&Prcb->TimersDue, FALSE);
    while (KiNextDueTime <= Now) {
        PKTIMER Timer = CONTAINING_RECORD(KiTimers.Flink, KTIMER, TimerListEntry);

        KiRemoveTimer(Timer);
        KiExpireTimer(Timer, Now);
    }
    KiUnlockDispatcher(Enabled);
}

/*
 * KiFindTimerIn: a timer that is set and lies in a range of memory, or whose DPC has its routine there.
 *  => NULL: there is none.
 */
PKTIMER KiFindTimerIn(PVOID Base, SIZE_T Size)
{
    PKTIMER Found = NULL;
    BOOLEAN Enabled;

    if (KiLoadRelaxed(&KiNextDueTime) == KI_NEVER) {
        return NULL; /* none is set; one that is set this moment is set too late for whoever asks */
    }
    Enabled = KiLockDispatcher();
    for (PLIST_ENTRY Link = KiTimers.Flink; Link != &KiTimers && Found == NULL;
         Link = Link->Flink) {
        PKTIMER Timer = CONTAINING_RECORD(Link, KTIMER, TimerListEntry);

        if ((ULONG_PTR)Timer - (ULONG_PTR)Base < Size ||
            (Timer->Dpc != NULL &&
             (ULONG_PTR)Timer->Dpc->DeferredRoutine - (ULONG_PTR)Base < Size)) {
            Found = Timer;
        }
    }
    KiUnlockDispatcher(Enabled);
    return Found;
}

/*
 * KeInitializeTimerEx: set up a timer, not signaled.
 *
 * => A notification timer stays signaled until it is set again; a synchronization timer lets one
 *    thread through.
 * => Any IRQL.
 * => Reference: "KeInitializeTimerEx function (wdm.h)".
 */
VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    RtlZeroMemory(Timer, sizeof(*Timer));
    Timer->Header.Type =
        Type == SynchronizationTimer ? KiSynchronizationTimer : KiNotificationTimer;
    Timer->Header.Size = sizeof(*Timer) / sizeof(ULONG);
    InitializeListHead(&Timer->Header.WaitListHead);
}

/* KeInitializeTimer: a notification timer.  "KeInitializeTimer function (wdm.h)". */
VOID NTAPI KeInitializeTimer(PKTIMER Timer)
{
    KeInitializeTimerEx(Timer, NotificationTimer);
}

/*
 * KeSetTimerEx: set a timer: at DueTime (100 ns, negative = from now), then every Period ms.
 *
 * => The timer is signaled and Dpc queued when it expires; a time that has passed expires at once.
 * => TRUE if it was set already: that setting is gone.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeSetTimerEx function (wdm.h)".
 */
BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    BOOLEAN Enabled = KiLockDispatcher();
    BOOLEAN Inserted = KiRemoveTimer(Timer);
    BOOLEAN Passed;
    ULONG64 Due = KiDueTime(DueTime, &Passed);

    Timer->Header.SignalState = 0;
    Timer->Dpc = Dpc;
    Timer->Period = Period > 0 ? (ULONG)Period : 0;
    if (Passed) {
        Timer->DueTime.QuadPart = Due = KiPreciseInterruptTime();
        KiExpireTimer(Timer, Due);
    } else {
        KiInsertTimer(Timer, Due);
    }
    KiUnlockDispatcher(Enabled);
    return Inserted;
}

/* KeSetTimer: the same, once.  "KeSetTimer function (wdm.h)". */
BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    return KeSetTimerEx(Timer, DueTime, 0, Dpc);
}

/*
 * KeSetCoalescableTimer: the same with leave to expire up to TolerableDelay ms later, which is not used.
 *
 * => Reference: "KeSetCoalescableTimer function (wdm.h)".
 */
BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                                    ULONG TolerableDelay, PKDPC Dpc)
{
    UNREFERENCED_PARAMETER(TolerableDelay);
    return KeSetTimerEx(Timer, DueTime, (LONG)Period, Dpc);
}

/*
 * KeCancelTimer: take a timer back before it expires.
 *
 * => FALSE if it was not set; a DPC that it has queued already stays queued.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeCancelTimer function (wdm.h)".
 */
BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer)
{
    BOOLEAN Enabled = KiLockDispatcher();
    BOOLEAN Removed = KiRemoveTimer(Timer);

    KiUnlockDispatcher(Enabled);
    return Removed;
}

/* KeReadStateTimer: TRUE if signaled.  "KeReadStateTimer function (wdm.h)".  IRQL <= DISPATCH_LEVEL. */
BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer)
{
    return KiLoadAcquire(&Timer->Header.SignalState) != 0; /* partner: KiExpireTimer */
}
