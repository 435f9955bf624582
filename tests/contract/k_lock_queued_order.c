/* SPDX-License-Identifier: MIT */
/* A queued spin lock is given to those who wait for it in the order in which they asked. */
#include "locks.h"

#define MAXIMUM 256

static KSPIN_LOCK Lock;
static CONTRACT_WORK Works[MAXIMUM];
static volatile LONG Asking;
static volatile LONG Order[MAXIMUM], Given;

static VOID Ask(PVOID Context)
{
    KLOCK_QUEUE_HANDLE Handle;

    InterlockedExchange(&Asking, (LONG)(ULONG_PTR)Context);
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&Lock, &Handle);
    Order[Given++] = (LONG)(ULONG_PTR)Context;
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&Handle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LONG Processors = (LONG)ContractProcessors();
    KLOCK_QUEUE_HANDLE Handle;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeAcquireInStackQueuedSpinLock(&Lock, &Handle);
    for (LONG Index = Processors - 1; Index > 0; Index--) {
        ContractStart(&Works[Index], (ULONG)Index, Ask, (PVOID)(ULONG_PTR)Index);
        ContractAwait(&Asking, Index);
        KeStallExecutionProcessor(
            1000); /* it is only a few instructions from its place in the queue */
        for (ULONG Turn = 0; Turn < 100; Turn++) {
            YieldProcessor();
        }
    }
    CHECK_EQUAL(Given, 0);
    KeReleaseInStackQueuedSpinLock(&Handle);
    for (LONG Index = 1; Index < Processors; Index++) {
        ContractAwait(&Works[Index].Done, 1);
    }
    for (LONG Place = 0; Place < Processors - 1; Place++) {
        CHECK_EQUAL(Order[Place], Processors - 1 - Place);
    }
    return CONTRACT_RESULT();
}
