/* SPDX-License-Identifier: MIT */
/*
 * event.c: events, the simplest dispatcher objects.
 *
 * The parameter Wait of KeSetEvent, KePulseEvent and the release routines
 * says that the caller's next call is a wait; then Windows keeps its lock up
 * to that wait.  Nothing depends on it, and it is ignored here.
 */
#include "ki.h"

C_ASSERT(NotificationEvent == (int)KiNotificationEvent);
C_ASSERT(SynchronizationEvent == (int)KiSynchronizationEvent);

/*
 * KeInitializeEvent: set up an event.
 *
 * => A notification event stays signaled until it is reset; a synchronization event lets one
 *    thread through and resets itself.
 * => Any IRQL.
 * => Reference: "KeInitializeEvent function (wdm.h)".
 */
VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    RtlZeroMemory(Event, sizeof(*Event));
    Event->Header.Type = (UCHAR)Type;
    Event->Header.Size = sizeof(*Event) / sizeof(ULONG);
    Event->Header.SignalState = State != FALSE;
    InitializeListHead(&Event->Header.WaitListHead);
}

/* KiSignalEvent: => the state before.  The dispatcher lock is held. */
LONG KiSignalEvent(PRKEVENT Event, KPRIORITY Increment)
{
    LONG Before = Event->Header.SignalState;

    Event->Header.SignalState = 1;
    if (Before == 0) {
        KiTestWaiters(Event, Increment);
    }
    return Before;
}

/*
 * KeSetEvent: signal an event.
 *
 * => Nonzero if it was signaled before.
 * => Increment is added to the priority of the threads that this wakes.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeSetEvent function (wdm.h)".
 */
LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    BOOLEAN Enabled = KiLockDispatcher();
    LONG Before = KiSignalEvent(Event, Increment);

    UNREFERENCED_PARAMETER(Wait);
    KiUnlockDispatcher(Enabled);
    return Before;
}

/*
 * KePulseEvent: signal an event for those that wait now, and reset it.
 *
 * => As KeSetEvent.
 * => Reference: "KePulseEvent function (ntddk.h)".
 */
LONG NTAPI KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    BOOLEAN Enabled = KiLockDispatcher();
    LONG Before = KiSignalEvent(Event, Increment);

    UNREFERENCED_PARAMETER(Wait);
    Event->Header.SignalState = 0;
    KiUnlockDispatcher(Enabled);
    return Before;
}

/*
 * KeResetEvent: make an event not signaled.
 *
 * => Nonzero if it was signaled before.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeResetEvent function (wdm.h)".
 */
LONG NTAPI KeResetEvent(PRKEVENT Event)
{
    return KiExchange(&Event->Header.SignalState, 0); /* partner: KiSignalEvent, KiTake */
}

/* KeClearEvent: the same without saying what it was.  "KeClearEvent function (wdm.h)". */
VOID NTAPI KeClearEvent(PRKEVENT Event)
{
    KiExchange(&Event->Header.SignalState, 0); /* partner: as in KeResetEvent */
}

/* KeReadStateEvent: nonzero if signaled.  "KeReadStateEvent function (wdm.h)".  IRQL <= DISPATCH_LEVEL. */
LONG NTAPI KeReadStateEvent(PRKEVENT Event)
{
    return KiLoadAcquire(&Event->Header.SignalState); /* partner: KiSignalEvent */
}
