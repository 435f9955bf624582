/* SPDX-License-Identifier: MIT */
/*
 * mutex.c: mutexes.  Taking one is a wait (wait.c); normal kernel APCs of the
 * owner are held back until it is released.
 */
#include "ki.h"

/*
 * KeInitializeMutex: set up a mutex that nobody owns.
 *
 * => Level is not used, as on Windows.
 * => Reference: "KeInitializeMutex function (wdm.h)".
 */
VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    UNREFERENCED_PARAMETER(Level);
    RtlZeroMemory(Mutex, sizeof(*Mutex));
    Mutex->Header.Type = KiMutant;
    Mutex->Header.Size = sizeof(*Mutex) / sizeof(ULONG);
    Mutex->Header.SignalState = 1;
    InitializeListHead(&Mutex->Header.WaitListHead);
    Mutex->ApcDisable = 1;
}

/*
 * KeReleaseMutex: release a mutex once; it is free when that was done as often as it was taken.
 *
 * => 0 if it is free now.
 * => Raises STATUS_MUTANT_NOT_OWNED if the current thread does not own it.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeReleaseMutex function (wdm.h)".
 */
LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    PKTHREAD Thread = KiGetCurrentThread();
    BOOLEAN Enabled = KiLockDispatcher();
    LONG Before = Mutex->Header.SignalState;

    UNREFERENCED_PARAMETER(Wait);
    if (Mutex->OwnerThread != Thread) {
        KiUnlockDispatcher(Enabled);
        KiRaiseStatus(STATUS_MUTANT_NOT_OWNED, __builtin_return_address(0));
    }
    Mutex->Header.SignalState = Before + 1;
    if (Before == 0) {
        Mutex->OwnerThread = NULL;
        RemoveEntryList(&Mutex->MutantListEntry);
        Thread->KernelApcDisable += Mutex->ApcDisable;
        KiTestWaiters(Mutex, 1);
        KiCheckApcs(Thread);
    }
    KiUnlockDispatcher(Enabled);
    return Before;
}

/* KeReadStateMutex: 1 if it is free.  "KeReadStateMutex function (wdm.h)".  IRQL <= DISPATCH_LEVEL. */
LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex)
{
    return KiLoadAcquire(&Mutex->Header.SignalState); /* partner: KeReleaseMutex */
}
