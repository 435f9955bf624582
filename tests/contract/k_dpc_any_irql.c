/* SPDX-License-Identifier: MIT */
/*
 * A DPC may be queued at every IRQL up to HIGH_LEVEL, with interrupts off and in a call's
 * routine on every processor, to any processor, and runs once when that processor is below
 * DISPATCH_LEVEL.
 */
#include "contract.h"

#define MAXIMUM 256

static KDPC Dpcs[MAXIMUM];
static volatile LONG Ran[MAXIMUM];

static VOID NTAPI Count(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    InterlockedIncrement((volatile LONG *)Context);
}

/* Let slot's DPC run on the processor with that index. */
static VOID Prepare(ULONG Slot, ULONG Index)
{
    PROCESSOR_NUMBER Number;

    Ran[Slot] = 0;
    KeInitializeDpc(&Dpcs[Slot], Count, (PVOID)&Ran[Slot]);
    KeSetImportanceDpc(&Dpcs[Slot], HighImportance);
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Dpcs[Slot], &Number), STATUS_SUCCESS);
}

static VOID TestLevels(VOID)
{
    ULONG Last = ContractProcessors() - 1;
    KIRQL Old;

    for (KIRQL Irql = PASSIVE_LEVEL; Irql <= HIGH_LEVEL; Irql++) {
        Prepare(0, 0);
        Prepare(1, Last);
        KeRaiseIrql(Irql, &Old);
        CHECK(KeInsertQueueDpc(&Dpcs[0], NULL, NULL));
        CHECK(KeInsertQueueDpc(&Dpcs[1], NULL, NULL));
        CHECK(Irql < DISPATCH_LEVEL || Ran[0] == 0);
        KeLowerIrql(Old);
        ContractAwait(&Ran[0], 1);
        ContractAwait(&Ran[1], 1);
    }
    Prepare(0, 0);
    _disable();
    CHECK(KeInsertQueueDpc(&Dpcs[0], NULL, NULL));
    CHECK((__readeflags() & 0x200) == 0);
    CHECK_EQUAL(Ran[0], 0);
    _enable();
    ContractAwait(&Ran[0], 1);
}

/* Each processor queues one to its neighbour. */
static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    CHECK(KeInsertQueueDpc(&Dpcs[ContractIndex()], NULL, NULL));
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Processors = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    TestLevels();
    for (ULONG Round = 0; Round < 20; Round++) {
        for (ULONG Index = 0; Index < Processors; Index++) {
            Prepare(Index, (Index + 1) % Processors);
        }
        KeIpiGenericCall(Routine, 0);
        KeFlushQueuedDpcs();
        for (ULONG Index = 0; Index < Processors; Index++) {
            CHECK_EQUAL(Ran[Index], 1);
        }
    }
    return CONTRACT_RESULT();
}
