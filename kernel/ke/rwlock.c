/* SPDX-License-Identifier: MIT */
/*
 * rwlock.c: reader-writer spin locks (EX_SPIN_LOCK).
 *
 * The word counts the readers; two bits above say that a writer has the lock
 * and that one waits for it.  A waiting writer keeps new readers out, so that
 * readers who overlap for ever cannot keep it waiting; which is why a reader
 * must not acquire a lock a second time.
 */
#include "ki_irql.h"
#include "ki_spin.h"

/* The type has no name in mingw-w64's headers. */
typedef LONG EX_SPIN_LOCK, *PEX_SPIN_LOCK;

#define EX_LOCK_EXCLUSIVE 0x80000000u
#define EX_LOCK_WANTED    0x40000000u /* by a writer */

#define EX_LOCK_WORD(SpinLock) ((ULONG *)(SpinLock))

/* ExpTryShared: one attempt. */
static BOOLEAN ExpTryShared(ULONG *Word)
{
    ULONG Seen = KiLoadRelaxed(Word);

    /* Partner: the releases of writers. */
    return (Seen & (EX_LOCK_EXCLUSIVE | EX_LOCK_WANTED)) == 0 &&
           KiCompareExchange(Word, &Seen, Seen + 1);
}

/* ExpTryExclusive: one attempt. */
static BOOLEAN ExpTryExclusive(ULONG *Word)
{
    ULONG Seen = KiLoadRelaxed(Word);

    /* Partner: the releases of readers and writers.  Other writers that wait say so again. */
    return (Seen & ~EX_LOCK_WANTED) == 0 && KiCompareExchange(Word, &Seen, EX_LOCK_EXCLUSIVE);
}

static VOID ExpAcquireShared(ULONG *Word)
{
    ULONG Seen;

    while (!ExpTryShared(Word)) {
        Seen = KiLoadRelaxed(Word);
        if ((Seen & (EX_LOCK_EXCLUSIVE | EX_LOCK_WANTED)) != 0) {
            KiWaitTurn(Word, Seen);
        }
    }
}

static VOID ExpAcquireExclusive(ULONG *Word)
{
    ULONG Seen;

    while (!ExpTryExclusive(Word)) {
        Seen = KiLoadRelaxed(Word);
        if ((Seen & ~EX_LOCK_WANTED) == 0) {
            continue;
        }
        if ((Seen & EX_LOCK_WANTED) == 0) {
            Seen = KiFetchOr(Word, EX_LOCK_WANTED) | EX_LOCK_WANTED; /* read by ExpTryShared */
        }
        KiWaitTurn(Word, Seen);
    }
}

/*
 * ExAcquireSpinLockShared: raise to DISPATCH_LEVEL and acquire as one of several readers.
 *
 * => IRQL <= DISPATCH_LEVEL; a higher one stays as it is.
 * => Returns the old level, for ExReleaseSpinLockShared.
 * => Reference: "ExAcquireSpinLockShared function (wdm.h)".
 */
KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock)
{
    KIRQL OldIrql = KiRaiseIrqlAtLeast(DISPATCH_LEVEL);

    ExpAcquireShared(EX_LOCK_WORD(SpinLock));
    return OldIrql;
}

/* ExAcquireSpinLockSharedAtDpcLevel: the same at IRQL >= DISPATCH_LEVEL, which stays. */
VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    ExpAcquireShared(EX_LOCK_WORD(SpinLock));
}

/* ExTryAcquireSpinLockSharedAtDpcLevel: acquire if that needs no wait.  => Whether. */
LOGICAL NTAPI ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    return ExpTryShared(EX_LOCK_WORD(SpinLock));
}

/* ExReleaseSpinLockSharedFromDpcLevel: release as a reader; the level stays. */
VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KiFetchAdd(EX_LOCK_WORD(SpinLock), (ULONG)-1); /* partner: ExpTryExclusive */
}

/*
 * ExReleaseSpinLockShared: release as a reader and go back to the level before.
 *
 * => Reference: "ExReleaseSpinLockShared function (wdm.h)".
 */
VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    KiFetchAdd(EX_LOCK_WORD(SpinLock), (ULONG)-1); /* partner: ExpTryExclusive */
    KiLowerIrqlFor(OldIrql, (PVOID)ExReleaseSpinLockShared, __builtin_return_address(0));
}

/*
 * ExAcquireSpinLockExclusive: raise to DISPATCH_LEVEL and acquire alone.
 *
 * => IRQL <= DISPATCH_LEVEL; a higher one stays as it is.
 * => Returns the old level, for ExReleaseSpinLockExclusive.
 * => Reference: "ExAcquireSpinLockExclusive function (wdm.h)".
 */
KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    KIRQL OldIrql = KiRaiseIrqlAtLeast(DISPATCH_LEVEL);

    ExpAcquireExclusive(EX_LOCK_WORD(SpinLock));
    return OldIrql;
}

/* ExAcquireSpinLockExclusiveAtDpcLevel: the same at IRQL >= DISPATCH_LEVEL, which stays. */
VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    ExpAcquireExclusive(EX_LOCK_WORD(SpinLock));
}

/* ExTryAcquireSpinLockExclusiveAtDpcLevel: acquire if that needs no wait.  => Whether. */
LOGICAL NTAPI ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    return ExpTryExclusive(EX_LOCK_WORD(SpinLock));
}

/* ExReleaseSpinLockExclusiveFromDpcLevel: release as the writer; the level stays. */
VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KiFetchAnd(EX_LOCK_WORD(SpinLock), ~EX_LOCK_EXCLUSIVE); /* partner: both attempts */
}

/*
 * ExReleaseSpinLockExclusive: release as the writer and go back to the level before.
 *
 * => Reference: "ExReleaseSpinLockExclusive function (wdm.h)".
 */
VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    KiFetchAnd(EX_LOCK_WORD(SpinLock), ~EX_LOCK_EXCLUSIVE); /* partner: both attempts */
    KiLowerIrqlFor(OldIrql, (PVOID)ExReleaseSpinLockExclusive, __builtin_return_address(0));
}

/*
 * ExTryConvertSharedSpinLockExclusive: make the only reader the writer.
 *
 * => The caller is a reader, DISPATCH_LEVEL.
 * => FALSE if there are other readers: the caller stays one.
 * => Reference: "ExTryConvertSharedSpinLockExclusive function (wdm.h)".
 */
LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    ULONG *Word = EX_LOCK_WORD(SpinLock);
    ULONG Seen = KiLoadRelaxed(Word);

    while ((Seen & ~EX_LOCK_WANTED) == 1) {
        /* Partner: the releases of readers.  A writer that waits goes on waiting. */
        if (KiCompareExchange(Word, &Seen, EX_LOCK_EXCLUSIVE | (Seen & EX_LOCK_WANTED))) {
            return TRUE;
        }
    }
    return FALSE;
}
