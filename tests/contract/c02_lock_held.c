/* SPDX-License-Identifier: MIT */
/* C2: a caller may hold a spin lock for which other processors spin, with interrupts on or off. */
#include "contract.h"

static CONTRACT_WORK Works[256];
static KSPIN_LOCK Lock;
static volatile LONG Held;
static volatile LONG Waiting;
static volatile LONG Runs;
static volatile LONG Entered;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    InterlockedIncrement(&Runs);
    return Argument;
}

static VOID TakeLock(PVOID InterruptsOff)
{
    ContractAwait(&Held, 1);
    InterlockedIncrement(&Waiting);
    if (InterruptsOff != NULL) {
        _disable();
    }
    KeAcquireSpinLockAtDpcLevel(&Lock);
    Entered++;
    KeReleaseSpinLockFromDpcLevel(&Lock);
    if (InterruptsOff != NULL) {
        _enable();
    }
}

static VOID HoldAndCall(BOOLEAN InterruptsOff)
{
    ULONG Count = ContractProcessors();
    ULONG Self = ContractIndex();
    KIRQL Old;

    Held = Waiting = Runs = Entered = 0;
    for (ULONG Index = 0; Index < Count; Index++) {
        if (Index != Self) {
            ContractStart(&Works[Index], Index, TakeLock, InterruptsOff ? &Lock : NULL);
        }
    }
    KeAcquireSpinLock(&Lock, &Old);
    InterlockedExchange(&Held, 1);
    ContractAwait(&Waiting, (LONG)Count - 1);
    KeStallExecutionProcessor(100); /* let them spin */
    CHECK_EQUAL(Entered, 0);
    CHECK_EQUAL(KeIpiGenericCall(Routine, 3), 3);
    CHECK_EQUAL(Runs, Count);
    CHECK_EQUAL(Entered, 0);
    KeReleaseSpinLock(&Lock, Old);
    for (ULONG Index = 0; Index < Count; Index++) {
        if (Index != Self) {
            ContractAwait(&Works[Index].Done, 1);
        }
    }
    CHECK_EQUAL(Entered, Count - 1);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Lock);
    HoldAndCall(FALSE);
    HoldAndCall(TRUE);
    return CONTRACT_RESULT();
}
