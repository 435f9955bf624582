/* SPDX-License-Identifier: MIT */
/* C4: in the routine IRQL is IPI_LEVEL, interrupts are on, and neither clock nor DPC nor a call's interrupt is taken. */
#include "contract.h"

static KDPC Dpcs[256];
static volatile LONG DpcRuns[256];
static volatile LONG Settled;

static VOID NTAPI DpcRoutine(PKDPC Dpc, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK_EQUAL(ContractIndex(), (ULONG_PTR)Context);
    InterlockedIncrement(&DpcRuns[(ULONG_PTR)Context]);
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    ULONG Index = ContractIndex();
    LARGE_INTEGER Before, After;

    UNREFERENCED_PARAMETER(Argument);
    CHECK_EQUAL(KeGetCurrentIrql(), IPI_LEVEL);
    CHECK_EQUAL(__readcr8(), IPI_LEVEL);
    CHECK((__readeflags() & 0x200) != 0);

    CHECK(KeInsertQueueDpc(&Dpcs[Index], NULL, NULL));
    KeQueryTickCount(&Before);
    if (Index == 0) {
        KeStallExecutionProcessor(40000); /* more than two ticks */
    }
    CHECK_EQUAL(DpcRuns[Index], 0);
    KeQueryTickCount(&After);
    CHECK_EQUAL(After.QuadPart, Before.QuadPart); /* no processor takes its clock tick: all are here */
    InterlockedIncrement(&Settled);
    ContractAwait(&Settled, (LONG)ContractProcessors()); /* nobody leaves, and takes a tick, before all have looked */
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    PROCESSOR_NUMBER Number;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index < Count; Index++) {
        KeInitializeDpc(&Dpcs[Index], DpcRoutine, (PVOID)(ULONG_PTR)Index);
        KeGetProcessorNumberFromIndex(Index, &Number);
        KeSetTargetProcessorDpcEx(&Dpcs[Index], &Number);
    }
    KeIpiGenericCall(Routine, 0);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    for (ULONG Index = 0; Index < Count; Index++) {
        ContractAwait(&DpcRuns[Index], 1); /* what was held back comes afterwards */
    }
    return CONTRACT_RESULT();
}
