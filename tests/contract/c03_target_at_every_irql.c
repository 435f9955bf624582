/* SPDX-License-Identifier: MIT */
/* C3, C4: a target is interrupted at every IRQL below IPI_LEVEL, and goes on at its own level afterwards. */
#include "contract.h"

static CONTRACT_WORK Work;
static volatile LONG Ready;
static volatile LONG Stop;
static volatile LONG Runs;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    CHECK_EQUAL(KeGetCurrentIrql(), IPI_LEVEL);
    InterlockedIncrement(&Runs);
    return Argument;
}

static VOID WaitAtLevel(PVOID Level)
{
    KIRQL Old;

    KeRaiseIrql((KIRQL)(ULONG_PTR)Level, &Old);
    InterlockedExchange(&Ready, 1);
    ContractAwait(&Stop, 1);
    CHECK_EQUAL(KeGetCurrentIrql(), (ULONG_PTR)Level);
    KeLowerIrql(Old);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (KIRQL Irql = DISPATCH_LEVEL; Count > 1 && Irql < IPI_LEVEL; Irql++) {
        Ready = Stop = Runs = 0;
        ContractStart(&Work, Count - 1, WaitAtLevel, (PVOID)(ULONG_PTR)Irql);
        ContractAwait(&Ready, 1);
        KeIpiGenericCall(Routine, 0);
        CHECK_EQUAL(Runs, Count);
        InterlockedExchange(&Stop, 1);
        ContractAwait(&Work.Done, 1);
    }
    return CONTRACT_RESULT();
}
