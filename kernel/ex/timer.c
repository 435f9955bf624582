/* SPDX-License-Identifier: MIT */
/*
 * timer.c: timers that call back, and that can be waited for (EX_TIMER).
 *
 * Such a timer is a kernel timer, whose header is its begin, with a DPC that
 * calls the driver.  That DPC and the one that frees the timer have the same
 * target processor and importance, so the second, queued behind the first,
 * runs when no call is left.  Who queues it is decided once, under a lock that
 * outlives the timers: who deletes the timer, or the last expiration, if it
 * was deleted without being cancelled.
 *
 * => A period is a whole number of milliseconds, rounded up; the clock ticks more slowly than that.
 *
 * References: "ExAllocateTimer function (wdm.h)", "ExSetTimer function (wdm.h)", "ExCancelTimer
 * function (wdm.h)", "ExDeleteTimer function (wdm.h)".
 */
#include "exp.h"

#define EXP_TAG_TIMER       0x6D547845u /* 'ExTm' in memory */
#define EXP_UNITS_PER_MILLI 10000       /* of 100 ns */
#define EXP_TIMER_ATTRIBUTES \
    (EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE | (ULONG)EX_TIMER_NOTIFICATION)

typedef struct _EXP_TIMER {
    KTIMER Timer; /* first: a PEX_TIMER can be waited for */
    KDPC Dpc;
    KDPC DeleteDpc;
    PEXT_CALLBACK Callback;
    PVOID Context;

    /* ExpTimerLock */
    BOOLEAN Deleted; /* no driver knows it any more */
    BOOLEAN Claimed; /* DeleteDpc is somebody's to queue */
    PKEVENT Gone;    /* who waits for the end, or NULL */
    EXT_DELETE_PARAMETERS Last;
} EXP_TIMER;

static ULONG64 ExpTimerLock;

/* ExpClaimTimer: shall the caller free it?  The lock is held. */
static BOOLEAN ExpClaimTimer(EXP_TIMER *Timer)
{
    BOOLEAN Enabled = KiLockDispatcher(); /* one that expires is neither set nor not */
    BOOLEAN Claim = Timer->Deleted && !Timer->Claimed && !Timer->Timer.Header.Inserted;

    KiUnlockDispatcher(Enabled);
    if (Claim) {
        Timer->Claimed = TRUE;
    }
    return Claim;
}

/* ExpTimerExpired: the timer's DPC. */
static VOID NTAPI ExpTimerExpired(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    EXP_TIMER *Timer = Context;
    BOOLEAN Enabled, Claim;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (Timer->Callback != NULL) {
        Timer->Callback((PEX_TIMER)Timer, Timer->Context);
    }
    Enabled = KiLockWord(&ExpTimerLock);
    if (Timer->Deleted) {
        KeCancelTimer(&Timer->Timer); /* its period ends with its life */
    }
    Claim = ExpClaimTimer(Timer);
    KiUnlockWord(&ExpTimerLock, Enabled);
    if (Claim) {
        KeInsertQueueDpc(&Timer->DeleteDpc, NULL, NULL);
    }
}

/* ExpFreeTimer: nobody calls back any more. */
static VOID NTAPI ExpFreeTimer(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    EXP_TIMER *Timer = Context;
    EXT_DELETE_PARAMETERS Last = Timer->Last;
    PKEVENT Gone = Timer->Gone;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    ExFreePool(Timer);
    if (Last.DeleteCallback != NULL) {
        Last.DeleteCallback(Last.DeleteContext);
    }
    if (Gone != NULL) {
        KeSetEvent(Gone, 0, FALSE);
    }
}

/*
 * ExAllocateTimer: make a timer.
 * => Callback runs at DISPATCH_LEVEL when it expires; may be NULL
 * => NULL: memory is short, or an attribute is unknown.  IRQL <= DISPATCH_LEVEL.
 */
PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext, ULONG Attributes)
{
    PROCESSOR_NUMBER Here;
    EXP_TIMER *Timer;

    if ((Attributes & ~EXP_TIMER_ATTRIBUTES) != 0) {
        return NULL;
    }
    Timer = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Timer), EXP_TAG_TIMER);
    if (Timer == NULL) {
        return NULL;
    }
    KeInitializeTimerEx(&Timer->Timer, (Attributes & (ULONG)EX_TIMER_NOTIFICATION) != 0
                                           ? NotificationTimer
                                           : SynchronizationTimer);
    KeInitializeDpc(&Timer->Dpc, ExpTimerExpired, Timer);
    KeInitializeDpc(&Timer->DeleteDpc, ExpFreeTimer, Timer);
    KeSetImportanceDpc(&Timer->Dpc, MediumHighImportance);
    KeSetImportanceDpc(&Timer->DeleteDpc, MediumHighImportance);
    KeGetCurrentProcessorNumberEx(&Here);
    KeSetTargetProcessorDpcEx(&Timer->Dpc, &Here);
    KeSetTargetProcessorDpcEx(&Timer->DeleteDpc, &Here);
    Timer->Callback = Callback;
    Timer->Context = CallbackContext;
    return (PEX_TIMER)Timer;
}

/*
 * ExSetTimer: let it expire at DueTime (100 ns, negative = from now), then every Period * 100 ns.
 * => TRUE: it was set, and that setting is gone.  IRQL <= DISPATCH_LEVEL.
 */
BOOLEAN NTAPI ExSetTimer(PEX_TIMER ExTimer, LONGLONG DueTime, LONGLONG Period,
                         EXT_SET_PARAMETERS *Parameters)
{
    EXP_TIMER *Timer = (EXP_TIMER *)ExTimer;
    LARGE_INTEGER Due = {.QuadPart = DueTime};
    LONGLONG Milliseconds = (Period + EXP_UNITS_PER_MILLI - 1) / EXP_UNITS_PER_MILLI;

    UNREFERENCED_PARAMETER(Parameters); /* how late it may come: never */
    return KeSetTimerEx(&Timer->Timer, Due,
                        (LONG)(Milliseconds > MAXLONG ? MAXLONG : Milliseconds), &Timer->Dpc);
}

/*
 * ExCancelTimer: take it back.
 * => FALSE: it was not set; its callback may be running.  IRQL <= DISPATCH_LEVEL.
 */
BOOLEAN NTAPI ExCancelTimer(PEX_TIMER ExTimer, PEXT_CANCEL_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(Parameters);
    return KeCancelTimer(&((EXP_TIMER *)ExTimer)->Timer);
}

/*
 * ExDeleteTimer: free it as soon as no callback runs any more.
 * => Cancel FALSE: it may expire once more before that
 * => Wait TRUE: return only then (IRQL <= APC_LEVEL, and not in its callback); not without Cancel
 * => TRUE: Cancel has taken it back before it expired.  IRQL <= DISPATCH_LEVEL.
 */
BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER ExTimer, BOOLEAN Cancel, BOOLEAN Wait,
                            PEXT_DELETE_PARAMETERS Parameters)
{
    EXP_TIMER *Timer = (EXP_TIMER *)ExTimer;
    BOOLEAN Cancelled = Cancel && KeCancelTimer(&Timer->Timer);
    BOOLEAN Enabled, Claim;
    KEVENT Gone;

    Wait = Wait && Cancel;
    KeInitializeEvent(&Gone, NotificationEvent, FALSE);
    Enabled = KiLockWord(&ExpTimerLock);
    Timer->Gone = Wait ? &Gone : NULL;
    if (Parameters != NULL) {
        Timer->Last = *Parameters;
    }
    Timer->Deleted = TRUE;
    Claim = ExpClaimTimer(Timer);
    KiUnlockWord(&ExpTimerLock, Enabled);
    if (Claim) {
        KeInsertQueueDpc(&Timer->DeleteDpc, NULL, NULL);
    }
    if (Wait) {
        KeWaitForSingleObject(&Gone, Executive, KernelMode, FALSE, NULL);
    }
    return Cancelled;
}
