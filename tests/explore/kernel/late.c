/* SPDX-License-Identifier: MIT */
/*
 * late.c: processors that are late for a call, for many reasons, and one that is slow in its
 * routine: nobody begins before the last has arrived, and the call ends with the slowest.
 */
#include "../../contract/contract.h"

#define MAXIMUM 64

static CONTRACT_WORK Works[MAXIMUM];
static volatile LONG Ready;
static volatile LONG Away[MAXIMUM]; /* it cannot have arrived */
static volatile LONG Runs;
static volatile LONG Left;

static ULONG_PTR NTAPI Routine(ULONG_PTR Slow)
{
    ULONG Count = ContractProcessors();

    InterlockedIncrement(&Runs);
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK(!Away[Index]);
    }
    if (ContractIndex() == Slow) {
        for (ULONG Turn = 0; Turn < 2500; Turn++) {
            YieldProcessor(); /* as many turns for those who wait */
        }
    }
    InterlockedIncrement(&Left);
    return Slow;
}

/* BeAway: say so, at a level or with interrupts off, for some time. */
static VOID BeAway(ULONG Self, ULONG Microseconds)
{
    Away[Self] = 1;
    InterlockedIncrement(&Ready);
    KeStallExecutionProcessor(Microseconds);
    Away[Self] = 0;
}

static VOID BeLate(PVOID Context)
{
    ULONG Self = ContractIndex();
    KIRQL Old;

    UNREFERENCED_PARAMETER(Context);
    switch (Self % 3) {
    case 0:
        _disable();
        BeAway(Self, 3000);
        _enable();
        break;
    case 1:
        KeRaiseIrql(CLOCK_LEVEL, &Old);
        InterlockedIncrement(&Ready);
        while (Runs == 0) {
            YieldProcessor(); /* a call comes through to here */
        }
        KeLowerIrql(Old);
        break;
    case 2:
        KeRaiseIrql(IPI_LEVEL, &Old);
        BeAway(Self, 40000); /* some ticks, which come at class 15 */
        KeLowerIrql(Old);
        break;
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 1; Index < Count; Index++) {
        ContractStart(&Works[Index], Index, BeLate, NULL);
    }
    ContractAwait(&Ready, (LONG)Count - 1);
    CHECK_EQUAL(KeIpiGenericCall(Routine, Count - 1), Count - 1);
    CHECK_EQUAL(Left, Count);
    CHECK_EQUAL(Runs, Count);
    for (ULONG Index = 1; Index < Count; Index++) {
        ContractAwait(&Works[Index].Done, 1);
    }
    return CONTRACT_RESULT();
}
