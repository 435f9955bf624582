/* SPDX-License-Identifier: MIT */
/* semaphore.c: semaphores.  Taking one is a wait (wait.c). */
#include "ki.h"

/*
 * KeInitializeSemaphore: set up a semaphore.
 *
 * => Count: how many waits it lets through now; Limit: the most that it may ever be.
 * => Reference: "KeInitializeSemaphore function (wdm.h)".
 */
VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    RtlZeroMemory(Semaphore, sizeof(*Semaphore));
    Semaphore->Header.Type = KiSemaphore;
    Semaphore->Header.Size = sizeof(*Semaphore) / sizeof(ULONG);
    Semaphore->Header.SignalState = Count;
    InitializeListHead(&Semaphore->Header.WaitListHead);
    Semaphore->Limit = Limit;
}

/*
 * KeReleaseSemaphore: let Adjustment more waits through.
 *
 * => The count before.
 * => Raises STATUS_SEMAPHORE_LIMIT_EXCEEDED if the count would exceed the limit: nothing changes.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeReleaseSemaphore function (wdm.h)".
 */
LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment,
                              BOOLEAN Wait)
{
    BOOLEAN Enabled = KiLockDispatcher();
    LONG Before = Semaphore->Header.SignalState;

    UNREFERENCED_PARAMETER(Wait);
    if (Adjustment < 0 || (LONG64)Before + Adjustment > Semaphore->Limit) {
        KiUnlockDispatcher(Enabled);
        KiRaiseStatus(STATUS_SEMAPHORE_LIMIT_EXCEEDED, __builtin_return_address(0));
    }
    Semaphore->Header.SignalState = Before + Adjustment;
    if (Before == 0) {
        KiTestWaiters(Semaphore, Increment);
    }
    KiUnlockDispatcher(Enabled);
    return Before;
}

/* KeReadStateSemaphore: nonzero if signaled.  "KeReadStateSemaphore function (wdm.h)". */
LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore)
{
    return KiLoadAcquire(&Semaphore->Header.SignalState); /* partner: KeReleaseSemaphore */
}
