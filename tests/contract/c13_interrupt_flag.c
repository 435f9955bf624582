/* SPDX-License-Identifier: MIT */
/* C13: a routine that disables or enables interrupts changes nothing for the caller, the waiting, or the interrupted. */
#include "contract.h"

#define ROUNDS 20

static CONTRACT_WORK Works[256];
static volatile LONG Ready;

static BOOLEAN InterruptsEnabled(VOID)
{
    return (__readeflags() & 0x200) != 0;
}

static ULONG_PTR NTAPI Disable(ULONG_PTR Argument)
{
    _disable();
    return Argument;
}

static ULONG_PTR NTAPI Enable(ULONG_PTR Argument)
{
    _enable();
    return Argument;
}

/* On every processor at once, so that some are callers, some interrupted, and some wait for their turn. */
static VOID CallMany(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    InterlockedIncrement(&Ready);
    while (Ready < (LONG)ContractProcessors()) {
        YieldProcessor();
    }
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        KeIpiGenericCall(Disable, 0);
        CHECK(InterruptsEnabled());
        CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    }
}

static KSPIN_LOCK Lock;
static volatile LONG Held, Waiting;

/* Spin for the lock with interrupts off: the call of its holder is served by polling. */
static VOID WaitForLock(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ContractAwait(&Held, 1);
    _disable();
    InterlockedIncrement(&Waiting);
    KeAcquireSpinLockAtDpcLevel(&Lock);
    CHECK(!InterruptsEnabled());
    KeReleaseSpinLockFromDpcLevel(&Lock);
    _enable();
}

static VOID CallOverWaiters(VOID)
{
    ULONG Count = ContractProcessors();
    KIRQL Old;

    KeInitializeSpinLock(&Lock);
    for (ULONG Index = 1; Index < Count; Index++) {
        ContractStart(&Works[Index], Index, WaitForLock, NULL);
    }
    KeAcquireSpinLock(&Lock, &Old);
    InterlockedExchange(&Held, 1);
    ContractAwait(&Waiting, (LONG)Count - 1);
    KeIpiGenericCall(Enable, 0);
    KeReleaseSpinLock(&Lock, Old);
    for (ULONG Index = 1; Index < Count; Index++) {
        ContractAwait(&Works[Index].Done, 1);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Disable, 0);
    CHECK(InterruptsEnabled());
    _disable();
    KeIpiGenericCall(Enable, 0);
    CHECK(!InterruptsEnabled());
    _enable();
    ContractRunOnAll(Works, CallMany, NULL);
    CallOverWaiters();
    return CONTRACT_RESULT();
}
