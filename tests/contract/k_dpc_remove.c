/* SPDX-License-Identifier: MIT */
/* KeRemoveQueueDpc takes a DPC out that has not begun, says so, and such a one does not run. */
#include "contract.h"

static KDPC First, Second, Racing;
static volatile LONG Ran, RacingRan;

static VOID NTAPI Run(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    CHECK(!KeRemoveQueueDpc(Dpc)); /* it has begun */
    InterlockedIncrement((volatile LONG *)Context);
}

static VOID TestHere(VOID)
{
    KIRQL Old;

    KeInitializeDpc(&First, Run, (PVOID)&Ran);
    KeInitializeDpc(&Second, Run, (PVOID)&Ran);
    CHECK(!KeRemoveQueueDpc(&First));
    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    CHECK(KeInsertQueueDpc(&First, NULL, NULL));
    CHECK(KeInsertQueueDpc(&Second, NULL, NULL));
    CHECK(KeRemoveQueueDpc(&First));
    CHECK(!KeRemoveQueueDpc(&First));
    KeLowerIrql(Old);
    CHECK_EQUAL(Ran, 1);
    CHECK(!KeRemoveQueueDpc(&Second));
    CHECK(KeInsertQueueDpc(&First, NULL, NULL));
    ContractAwait(&Ran, 2);
}

/* Against a processor that may be about to run it: each DPC is either removed or run, never both.
 */
static VOID TestRace(VOID)
{
    ULONG Last = ContractProcessors() - 1;
    PROCESSOR_NUMBER Number;
    LONG Removed = 0;

    KeInitializeDpc(&Racing, Run, (PVOID)&RacingRan);
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Last, &Number), STATUS_SUCCESS);
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Racing, &Number), STATUS_SUCCESS);
    for (LONG Round = 1; Round <= 500; Round++) {
        CHECK(KeInsertQueueDpc(&Racing, NULL, NULL));
        for (LONG Turn = 0; Turn < Round % 5; Turn++) {
            YieldProcessor();
        }
        if (KeRemoveQueueDpc(&Racing)) {
            Removed++;
        } else {
            ContractAwait(&RacingRan, Round - Removed);
        }
        CHECK_EQUAL(RacingRan + Removed, Round);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    TestHere();
    TestRace();
    return CONTRACT_RESULT();
}
