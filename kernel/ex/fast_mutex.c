/* SPDX-License-Identifier: MIT */
/*
 * fast_mutex.c: fast mutexes and guarded mutexes.
 *
 * Count is 1 when free; who takes it from 1 to 0 has the mutex, who takes it
 * lower waits for the synchronization event.  Who releases and finds others
 * signals the event once, which hands the mutex to one of them.  Neither kind
 * may be taken twice by one thread.  They differ in how they hold back APCs:
 * a fast mutex by APC_LEVEL, a guarded one by a guarded region.
 *
 * References: "ExAcquireFastMutex function (wdm.h)", "KeAcquireGuardedMutex
 * function (wdm.h)", "Fast Mutexes and Guarded Mutexes".
 */
#include "../ke/ki.h"

C_ASSERT(sizeof(KGATE) == sizeof(KEVENT)); /* the gate is used as one */

/* ExpAcquireCount: => when the mutex is ours. */
static VOID ExpAcquireCount(volatile LONG *Count, ULONG *Contention, PKEVENT Event)
{
    if (KiFetchAdd(Count, -1) != 1) { /* partner: ExpReleaseCount */
        *Contention += 1;
        KeWaitForSingleObject(Event, WrMutex, KernelMode, FALSE, NULL);
    }
}

static VOID ExpReleaseCount(volatile LONG *Count, PKEVENT Event)
{
    if (KiFetchAdd(Count, 1) != 0) { /* partner: ExpAcquireCount */
        KeSetEvent(Event, 1, FALSE);
    }
}

static BOOLEAN ExpTryCount(volatile LONG *Count)
{
    LONG Free = 1;

    return KiCompareExchange(Count, &Free, 0); /* partner: ExpReleaseCount */
}

/* ExAcquireFastMutexUnsafe: take it; APCs are held back already.  IRQL <= APC_LEVEL. */
VOID FASTCALL ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    ExpAcquireCount(&FastMutex->Count, &FastMutex->Contention, &FastMutex->Event);
    FastMutex->Owner = KiGetCurrentThread();
}

/* ExReleaseFastMutexUnsafe: release what ExAcquireFastMutexUnsafe has taken. */
VOID FASTCALL ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    FastMutex->Owner = NULL;
    ExpReleaseCount(&FastMutex->Count, &FastMutex->Event);
}

/* ExAcquireFastMutex: raise to APC_LEVEL and take it.  IRQL <= APC_LEVEL. */
VOID FASTCALL ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL Irql = KfRaiseIrql(APC_LEVEL);

    ExAcquireFastMutexUnsafe(FastMutex);
    FastMutex->OldIrql = Irql;
}

/* ExReleaseFastMutex: release it and go back to the old level.  APC_LEVEL. */
VOID FASTCALL ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL Irql = (KIRQL)FastMutex->OldIrql;

    ExReleaseFastMutexUnsafe(FastMutex);
    KeLowerIrql(Irql);
}

/* ExTryToAcquireFastMutex: ExAcquireFastMutex if that needs no wait.  => TRUE: taken, at APC_LEVEL. */
BOOLEAN FASTCALL ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL Irql = KfRaiseIrql(APC_LEVEL);

    if (!ExpTryCount(&FastMutex->Count)) {
        KeLowerIrql(Irql);
        return FALSE;
    }
    FastMutex->Owner = KiGetCurrentThread();
    FastMutex->OldIrql = Irql;
    return TRUE;
}

/* KeInitializeGuardedMutex: set up a guarded mutex that is free. */
VOID FASTCALL KeInitializeGuardedMutex(PKGUARDED_MUTEX GuardedMutex)
{
    RtlZeroMemory(GuardedMutex, sizeof(*GuardedMutex));
    GuardedMutex->Count = 1;
    KeInitializeEvent((PKEVENT)&GuardedMutex->Gate, SynchronizationEvent, FALSE);
}

/* KeAcquireGuardedMutexUnsafe: take it; all APCs are held back already.  IRQL <= APC_LEVEL. */
VOID FASTCALL KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX GuardedMutex)
{
    ExpAcquireCount(&GuardedMutex->Count, &GuardedMutex->Contention,
                    (PKEVENT)&GuardedMutex->Gate);
    GuardedMutex->Owner = KiGetCurrentThread();
}

/* KeReleaseGuardedMutexUnsafe: release what KeAcquireGuardedMutexUnsafe has taken. */
VOID FASTCALL KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX GuardedMutex)
{
    GuardedMutex->Owner = NULL;
    ExpReleaseCount(&GuardedMutex->Count, (PKEVENT)&GuardedMutex->Gate);
}

/* KeAcquireGuardedMutex: enter a guarded region and take it.  IRQL <= APC_LEVEL. */
VOID FASTCALL KeAcquireGuardedMutex(PKGUARDED_MUTEX GuardedMutex)
{
    KeEnterGuardedRegion();
    KeAcquireGuardedMutexUnsafe(GuardedMutex);
}

/* KeReleaseGuardedMutex: release it and leave the guarded region. */
VOID FASTCALL KeReleaseGuardedMutex(PKGUARDED_MUTEX GuardedMutex)
{
    KeReleaseGuardedMutexUnsafe(GuardedMutex);
    KeLeaveGuardedRegion();
}

/* KeTryToAcquireGuardedMutex: KeAcquireGuardedMutex if that needs no wait.  => TRUE: taken. */
BOOLEAN FASTCALL KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX GuardedMutex)
{
    KeEnterGuardedRegion();
    if (!ExpTryCount(&GuardedMutex->Count)) {
        KeLeaveGuardedRegion();
        return FALSE;
    }
    GuardedMutex->Owner = KiGetCurrentThread();
    return TRUE;
}
