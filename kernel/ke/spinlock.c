/* SPDX-License-Identifier: MIT */
/*
 * spinlock.c: spin locks.
 *
 * A lock is one word: 0 when free, else odd and the number of the processor
 * that holds it.  The number serves nobody but us: it makes the two mistakes
 * that would otherwise hang, acquiring a lock that this processor holds
 * already and releasing a lock that nobody holds, bug checks.
 *
 * Acquiring raises to the higher of the current IRQL and DISPATCH_LEVEL: it
 * never lowers, so a lock taken by mistake at a device's level does not open
 * that level to the device.  Waiting serves calls, see ki_spin.h.
 */
#include "ki_irql.h"
#include "ki_spin.h"

/* KiSpinLockOwner: what the word holds while this processor has the lock. */
static inline ULONG_PTR KiSpinLockOwner(VOID)
{
    return ((ULONG_PTR)KiCurrentPrcb()->Number + 1) << 1 | 1;
}

/* KiTrySpinLock: one attempt. */
static inline BOOLEAN KiTrySpinLock(PKSPIN_LOCK SpinLock, ULONG_PTR Owner)
{
    ULONG_PTR Free = 0;

    /* Partner: KiReleaseSpinLock's store. */
    return KiLoadRelaxed(SpinLock) == 0 && KiCompareExchange(SpinLock, &Free, Owner);
}

/* KiAcquireSpinLock: acquire at DISPATCH_LEVEL or above. */
static VOID KiAcquireSpinLock(PKSPIN_LOCK SpinLock, PVOID Caller)
{
    ULONG_PTR Owner = KiSpinLockOwner();
    ULONG_PTR Seen;

    while (!KiTrySpinLock(SpinLock, Owner)) {
        while ((Seen = KiLoadRelaxed(SpinLock)) != 0) {
            if (Seen == Owner) {
                KiBugCheckText("the lock, the IRQL, 0, the return address", SPIN_LOCK_ALREADY_OWNED,
                               (ULONG_PTR)SpinLock, HalGetIrql(), 0, (ULONG_PTR)Caller,
                               (ULONG64)Caller, NULL);
            }
            KiWaitTurn(SpinLock, Seen);
        }
    }
}

/* KiReleaseSpinLock: release; the level is the caller's business. */
static inline VOID KiReleaseSpinLock(PKSPIN_LOCK SpinLock, PVOID Caller)
{
    if (KiLoadRelaxed(SpinLock) == 0) {
        KiBugCheckText("the lock, the IRQL, 0, the return address", SPIN_LOCK_NOT_OWNED,
                       (ULONG_PTR)SpinLock, HalGetIrql(), 0, (ULONG_PTR)Caller, (ULONG64)Caller,
                       NULL);
    }
    KiStoreRelease(SpinLock, 0); /* partner: KiTrySpinLock's exchange */
}

/*
 * KeInitializeSpinLock: make a spin lock free.
 *
 * => Any IRQL.
 * => Reference: "KeInitializeSpinLock function (wdm.h)".
 */
VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    KiStoreRelaxed(SpinLock, 0);
}

/*
 * KeAcquireSpinLockRaiseToDpc: raise to DISPATCH_LEVEL and acquire: x64's KeAcquireSpinLock.
 *
 * => IRQL <= DISPATCH_LEVEL; a higher one stays as it is.
 * => Returns the old level, for KeReleaseSpinLock.
 * => Reference: "KeAcquireSpinLockRaiseToDpc function (wdm.h)".
 */
KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL OldIrql = KiRaiseIrqlAtLeast(DISPATCH_LEVEL);

    KiAcquireSpinLock(SpinLock, __builtin_return_address(0));
    return OldIrql;
}

/* KeAcquireSpinLockRaiseToSynch: the same at the level of the scheduler's locks. */
KIRQL NTAPI KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock)
{
    KIRQL OldIrql = KiRaiseIrqlAtLeast(KI_SYNCH_LEVEL);

    KiAcquireSpinLock(SpinLock, __builtin_return_address(0));
    return OldIrql;
}

/*
 * KeReleaseSpinLock: release and go back to the level that the acquiring routine returned.
 *
 * => Reference: "KeReleaseSpinLock function (wdm.h)".
 */
VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    PVOID Caller = __builtin_return_address(0);

    KiReleaseSpinLock(SpinLock, Caller);
    KiLowerIrqlFor(NewIrql, (PVOID)KeReleaseSpinLock, Caller);
}

/*
 * KeAcquireSpinLockAtDpcLevel: acquire and leave the level alone.
 *
 * => IRQL >= DISPATCH_LEVEL.
 * => Reference: "KeAcquireSpinLockAtDpcLevel function (wdm.h)".
 */
VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    KiAcquireSpinLock(SpinLock, __builtin_return_address(0));
}

/* KefAcquireSpinLockAtDpcLevel: KeAcquireSpinLockAtDpcLevel under its x86 name. */
VOID NTAPI KefAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    KiAcquireSpinLock(SpinLock, __builtin_return_address(0));
}

/*
 * KeReleaseSpinLockFromDpcLevel: release and leave the level alone.
 *
 * => Reference: "KeReleaseSpinLockFromDpcLevel function (wdm.h)".
 */
VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    KiReleaseSpinLock(SpinLock, __builtin_return_address(0));
}

/* KefReleaseSpinLockFromDpcLevel: KeReleaseSpinLockFromDpcLevel under its x86 name. */
VOID NTAPI KefReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    KiReleaseSpinLock(SpinLock, __builtin_return_address(0));
}

/*
 * KeTryToAcquireSpinLockAtDpcLevel: acquire if that needs no wait.
 *
 * => IRQL >= DISPATCH_LEVEL.
 * => TRUE: acquired.
 * => Reference: "KeTryToAcquireSpinLockAtDpcLevel function (wdm.h)".
 */
BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    if (KiTrySpinLock(SpinLock, KiSpinLockOwner())) {
        return TRUE;
    }
    KiWaitTurn(SpinLock, KI_NEVER_SEEN); /* who tries in a loop waits */
    return FALSE;
}

/*
 * KeTestSpinLock: tell whether a lock is free, without acquiring it.
 *
 * => Any IRQL.
 * => Reference: "KeTestSpinLock function (wdm.h)".
 */
BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
    if (KiLoadAcquire(SpinLock) == 0) { /* partner: KiReleaseSpinLock's store */
        return TRUE;
    }
    KiWaitTurn(SpinLock, KI_NEVER_SEEN);
    return FALSE;
}

/*
 * KeAcquireSpinLockForDpc: acquire in a DPC routine that may run as a threaded DPC.
 *
 * => Returns the old level, for KeReleaseSpinLockForDpc.
 * => Reference: "KeAcquireSpinLockForDpc function (wdm.h)".
 */
KIRQL NTAPI KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL OldIrql = KiRaiseIrqlAtLeast(DISPATCH_LEVEL);

    KiAcquireSpinLock(SpinLock, __builtin_return_address(0));
    return OldIrql;
}

/*
 * KeReleaseSpinLockForDpc: release what KeAcquireSpinLockForDpc acquired.
 *
 * => Reference: "KeReleaseSpinLockForDpc function (wdm.h)".
 */
VOID NTAPI KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql)
{
    PVOID Caller = __builtin_return_address(0);

    KiReleaseSpinLock(SpinLock, Caller);
    KiLowerIrqlFor(OldIrql, (PVOID)KeReleaseSpinLockForDpc, Caller);
}
