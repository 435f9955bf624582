/* SPDX-License-Identifier: MIT */
/*
 * locks.c: holders of a spin lock call while others wait for it, with interrupts on or off, and the
 * routines meet that lock, and each other in the kernel (all queue DPCs to one processor).
 */
#include "../../contract/contract.h"

#define MAXIMUM 64

static CONTRACT_WORK Works[MAXIMUM];
static KDPC Dpcs[MAXIMUM];
static volatile LONG Ran[MAXIMUM]; /* a processor's own */
static volatile LONG Delivered;
static KSPIN_LOCK Lock;
static LONG Calls;  /* the lock's */
static LONG Turns;  /* the lock's */

static VOID NTAPI Deliver(PKDPC Dpc, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    InterlockedIncrement(&Delivered);
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Context)
{
    ULONG Self = ContractIndex();

    Ran[Self]++;
    CHECK(!KeTestSpinLock(&Lock));
    KeInsertQueueDpc(&Dpcs[Self], NULL, NULL);
    return Context;
}

/* A holder is interrupted in the middle of what it does, by the calls of none but itself. */
static VOID HoldAndCall(ULONG Self)
{
    KeAcquireSpinLockAtDpcLevel(&Lock);
    CHECK_EQUAL(KeIpiGenericCall(Routine, Self), Self);
    Calls++;
    for (ULONG Index = 0; Index < ContractProcessors(); Index++) {
        CHECK_EQUAL(Ran[Index], Calls);
    }
    KeReleaseSpinLockFromDpcLevel(&Lock);
}

static VOID TakeTurn(BOOLEAN InterruptsOff)
{
    if (InterruptsOff) {
        _disable();
    }
    KeAcquireSpinLockAtDpcLevel(&Lock);
    Turns++;
    KeReleaseSpinLockFromDpcLevel(&Lock);
    if (InterruptsOff) {
        _enable();
    }
}

static VOID UseLock(PVOID Context)
{
    ULONG Self = ContractIndex();

    UNREFERENCED_PARAMETER(Context);
    TakeTurn(Self % 2 != 0);
    if (Self % 2 == 0) {
        HoldAndCall(Self);
    } else {
        TakeTurn(FALSE);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LONG Count = (LONG)ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (LONG Index = 0; Index < Count; Index++) {
        KeInitializeDpc(&Dpcs[Index], Deliver, NULL);
        KeSetTargetProcessorDpc(&Dpcs[Index], 0);
    }
    ContractRunOnAll(Works, UseLock, NULL);
    KeFlushQueuedDpcs();
    CHECK_EQUAL(Calls, (Count + 1) / 2);
    CHECK_EQUAL(Turns, Count + Count / 2);
    CHECK(Delivered >= 1);
    return CONTRACT_RESULT();
}
