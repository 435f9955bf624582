/* SPDX-License-Identifier: MIT */
/*
 * queuedlock.c: in-stack queued spin locks, which serve waiters in the order
 * in which they came.
 *
 * The lock word points to the last waiter's queue entry, which lies on that
 * waiter's stack; 0 is a free lock.  Who writes what:
 *
 *   the word      an arriving waiter by exchange (it learns who is before it),
 *                 the holder by compare-exchange to 0, if nobody came after it
 *   entry.Next    the successor, once: "I wait for you"
 *   entry.Lock    its owner: the lock with KI_QUEUED_WAIT set, before it shows
 *                 itself in Next; then the predecessor, once: without the bit,
 *                 which hands the lock over
 *
 * An entry is dead when its owner has released: the successor's address has
 * been read by then, and the successor never looks back.
 */
#include "ki_irql.h"
#include "ki_spin.h"

#define KI_QUEUED_WAIT ((ULONG_PTR)1)

/* The lock of an entry, with the wait bit, as one word. */
#define KI_QUEUED_WORD(Entry) ((ULONG_PTR *)&(Entry)->Lock)

/* KiAcquireQueued: join the queue and wait for the turn; DISPATCH_LEVEL or above. */
static VOID KiAcquireQueued(PKSPIN_LOCK SpinLock, PKSPIN_LOCK_QUEUE Entry)
{
    ULONG_PTR Waiting = (ULONG_PTR)SpinLock | KI_QUEUED_WAIT;
    PKSPIN_LOCK_QUEUE Before;

    Entry->Next = NULL;
    Entry->Lock = (PKSPIN_LOCK)Waiting;
    /* Partner: the exchange of the next waiter, and KiReleaseQueued's compare-exchange. */
    Before = (PKSPIN_LOCK_QUEUE)KiExchange(SpinLock, (ULONG_PTR)Entry);
    if (Before == NULL) {
        Entry->Lock = SpinLock;
        return;
    }
    KiStoreRelease(&Before->Next, Entry);                     /* read by KiReleaseQueued */
    while (KiLoadAcquire(KI_QUEUED_WORD(Entry)) == Waiting) { /* stored by KiReleaseQueued */
        KiWaitTurn(&Entry->Lock, Waiting);
    }
}

/* KiReleaseQueued: hand the lock to the next in the queue. */
static VOID KiReleaseQueued(PKSPIN_LOCK_QUEUE Entry)
{
    PKSPIN_LOCK SpinLock = Entry->Lock;
    ULONG_PTR Last = (ULONG_PTR)Entry;
    PKSPIN_LOCK_QUEUE Next = KiLoadAcquire(&Entry->Next); /* stored by KiAcquireQueued */

    if (Next == NULL) {
        if (KiCompareExchange(SpinLock, &Last, 0)) {
            return;
        }
        /* Somebody has taken the place behind this one and is about to say so. */
        while ((Next = KiLoadAcquire(&Entry->Next)) == NULL) {
            KiWaitTurn(&Entry->Next, 0);
        }
    }
    KiStoreRelease(KI_QUEUED_WORD(Next), (ULONG_PTR)SpinLock); /* read by KiAcquireQueued */
}

/*
 * KeAcquireInStackQueuedSpinLock: raise to DISPATCH_LEVEL and acquire, in turn.
 *
 * => IRQL <= DISPATCH_LEVEL; a higher one stays as it is.
 * => LockHandle lies in the caller's stack frame until it has released.
 * => Reference: "KeAcquireInStackQueuedSpinLock function (wdm.h)".
 */
VOID NTAPI KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    LockHandle->OldIrql = KiRaiseIrqlAtLeast(DISPATCH_LEVEL);
    KiAcquireQueued(SpinLock, &LockHandle->LockQueue);
}

/* KeAcquireInStackQueuedSpinLockRaiseToSynch: the same at the level of the scheduler's locks. */
VOID NTAPI KeAcquireInStackQueuedSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock,
                                                      PKLOCK_QUEUE_HANDLE LockHandle)
{
    LockHandle->OldIrql = KiRaiseIrqlAtLeast(KI_SYNCH_LEVEL);
    KiAcquireQueued(SpinLock, &LockHandle->LockQueue);
}

/*
 * KeReleaseInStackQueuedSpinLock: release and go back to the level before.
 *
 * => Reference: "KeReleaseInStackQueuedSpinLock function (wdm.h)".
 */
VOID NTAPI KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KIRQL OldIrql = LockHandle->OldIrql;

    KiReleaseQueued(&LockHandle->LockQueue);
    KiLowerIrqlFor(OldIrql, (PVOID)KeReleaseInStackQueuedSpinLock, __builtin_return_address(0));
}

/*
 * KeAcquireInStackQueuedSpinLockAtDpcLevel: acquire, in turn, and leave the level alone.
 *
 * => IRQL >= DISPATCH_LEVEL.
 * => Reference: "KeAcquireInStackQueuedSpinLockAtDpcLevel function (wdm.h)".
 */
VOID NTAPI KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                    PKLOCK_QUEUE_HANDLE LockHandle)
{
    KiAcquireQueued(SpinLock, &LockHandle->LockQueue);
}

/*
 * KeReleaseInStackQueuedSpinLockFromDpcLevel: release and leave the level alone.
 *
 * => Reference: "KeReleaseInStackQueuedSpinLockFromDpcLevel function (wdm.h)".
 */
VOID NTAPI KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KiReleaseQueued(&LockHandle->LockQueue);
}

/*
 * KeAcquireInStackQueuedSpinLockForDpc: acquire in a DPC routine that may run as a threaded DPC.
 *
 * => Reference: "KeAcquireInStackQueuedSpinLockForDpc function (wdm.h)".
 */
VOID NTAPI KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock,
                                                PKLOCK_QUEUE_HANDLE LockHandle)
{
    LockHandle->OldIrql = KiRaiseIrqlAtLeast(DISPATCH_LEVEL);
    KiAcquireQueued(SpinLock, &LockHandle->LockQueue);
}

/*
 * KeReleaseInStackQueuedSpinLockForDpc: release what ..ForDpc acquired.
 *
 * => Reference: "KeReleaseInStackQueuedSpinLockForDpc function (wdm.h)".
 */
VOID NTAPI KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KIRQL OldIrql = LockHandle->OldIrql;

    KiReleaseQueued(&LockHandle->LockQueue);
    KiLowerIrqlFor(OldIrql, (PVOID)KeReleaseInStackQueuedSpinLockForDpc,
                   __builtin_return_address(0));
}
