/* SPDX-License-Identifier: MIT */
/*
 * region.c: critical regions, which hold back normal kernel APCs, and guarded
 * regions, which hold back all of them.
 *
 * The counts are the thread's own: nobody else writes them, and who reads them
 * to deliver an APC runs in that thread, or finds out there at the latest.
 *
 * References: "KeEnterCriticalRegion function (ntddk.h)",
 * "KeEnterGuardedRegion function (wdm.h)", "Critical Regions and Guarded
 * Regions".
 */
#include "ki.h"

/* KiRegionLeft: deliver what the region has held back. */
static VOID KiRegionLeft(PKTHREAD Thread)
{
    BOOLEAN Enabled;

    if (Thread->KernelApcDisable == 0 || Thread->SpecialApcDisable == 0) {
        if (!IsListEmpty(&Thread->Apcs[KernelMode])) {
            Enabled = KiLockDispatcher();
            KiCheckApcs(Thread);
            KiUnlockDispatcher(Enabled);
        }
    }
}

/* KeEnterCriticalRegion: hold back normal kernel APCs of this thread; nests.  IRQL <= APC_LEVEL. */
VOID NTAPI KeEnterCriticalRegion(VOID)
{
    KiGetCurrentThread()->KernelApcDisable--;
}

/* KeLeaveCriticalRegion: the end of one; APCs that it held back run now.  IRQL <= APC_LEVEL. */
VOID NTAPI KeLeaveCriticalRegion(VOID)
{
    PKTHREAD Thread = KiGetCurrentThread();

    if (++Thread->KernelApcDisable == 0) {
        KiRegionLeft(Thread);
    }
}

/* KeEnterGuardedRegion: hold back all kernel APCs of this thread; nests.  IRQL <= APC_LEVEL. */
VOID NTAPI KeEnterGuardedRegion(VOID)
{
    KiGetCurrentThread()->SpecialApcDisable--;
}

/* KeLeaveGuardedRegion: the end of one; APCs that it held back run now.  IRQL <= APC_LEVEL. */
VOID NTAPI KeLeaveGuardedRegion(VOID)
{
    PKTHREAD Thread = KiGetCurrentThread();

    if (++Thread->SpecialApcDisable == 0) {
        KiRegionLeft(Thread);
    }
}

/*
 * KeAreApcsDisabled: are normal kernel APCs of this thread held back?
 *
 * => By a region or a mutex; the IRQL is not asked.  IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeAreApcsDisabled function (ntddk.h)".
 */
BOOLEAN NTAPI KeAreApcsDisabled(VOID)
{
    PKTHREAD Thread = KiGetCurrentThread();

    return Thread->KernelApcDisable != 0 || Thread->SpecialApcDisable != 0;
}

/*
 * KeAreAllApcsDisabled: are all kernel APCs of this thread held back?
 *
 * => By a guarded region, or by the IRQL.  IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeAreAllApcsDisabled function (wdm.h)".
 */
BOOLEAN NTAPI KeAreAllApcsDisabled(VOID)
{
    return KiGetCurrentThread()->SpecialApcDisable != 0 || HalGetIrql() >= APC_LEVEL;
}
