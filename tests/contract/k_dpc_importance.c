/* SPDX-License-Identifier: MIT */
/*
 * A DPC of high importance goes to the head of its queue, every other to the tail; the queue is
 * processed when the IRQL falls below DISPATCH_LEVEL and not before.
 */
#include "contract.h"

#define DPCS 7

static KDPC Dpcs[DPCS];
static volatile LONG Order[DPCS];
static volatile LONG Ran;

static VOID NTAPI Note(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Order[Ran++] = (LONG)(ULONG_PTR)Context;
}

static VOID TestOrder(VOID)
{
    static const KDPC_IMPORTANCE Importance[DPCS] = { LowImportance,    MediumImportance,
                                                      HighImportance,   MediumHighImportance,
                                                      MediumImportance, HighImportance,
                                                      LowImportance };
    static const LONG Expected[DPCS] = { 5, 2, 0, 1, 3, 4, 6 };
    KIRQL Old;

    Ran = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    for (ULONG Index = 0; Index < DPCS; Index++) {
        KeInitializeDpc(&Dpcs[Index], Note, (PVOID)(ULONG_PTR)Index);
        KeSetImportanceDpc(&Dpcs[Index], Importance[Index]);
        CHECK(KeInsertQueueDpc(&Dpcs[Index], NULL, NULL));
    }
    CHECK_EQUAL(Ran, 0);
    KeLowerIrql(Old);
    CHECK_EQUAL(Ran, DPCS);
    for (ULONG Index = 0; Index < DPCS; Index++) {
        CHECK_EQUAL(Order[Index], Expected[Index]);
    }
}

/* A low one alone waits for the next reason to look at the queue, at the latest a tick. */
static VOID TestLow(VOID)
{
    Ran = 0;
    KeInitializeDpc(&Dpcs[0], Note, (PVOID)9);
    KeSetImportanceDpc(&Dpcs[0], LowImportance);
    CHECK(KeInsertQueueDpc(&Dpcs[0], NULL, NULL));
    ContractAwait(&Ran, 1);
    CHECK_EQUAL(Order[0], 9);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 0; Round < 100; Round++) {
        TestOrder();
    }
    for (ULONG Round = 0; Round < 3; Round++) {
        TestLow();
    }
    return CONTRACT_RESULT();
}
