/* SPDX-License-Identifier: MIT */
/*
 * A DPC runs once, at DISPATCH_LEVEL, with its arguments, on the processor that it is targeted
 * to, else on the one that queued it; a processor that there is not is no target.
 */
#include "contract.h"

#define MAXIMUM 256

typedef struct _VISIT {
    KDPC Dpc;
    ULONG Index;
    volatile LONG Ran;
} VISIT;

static VISIT Visits[MAXIMUM];
static volatile LONG Total;

static VOID NTAPI Visit(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    VISIT *Visited = Context;

    CHECK(Dpc == &Visited->Dpc);
    CHECK_EQUAL((ULONG_PTR)Argument1, 0xA1A1A1A1A1A1A1A1ull + Visited->Index);
    CHECK_EQUAL((ULONG_PTR)Argument2, ~0xA1A1A1A1A1A1A1A1ull);
    CHECK_EQUAL(ContractIndex(), Visited->Index);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK((__readeflags() & 0x200) != 0);
    InterlockedIncrement(&Total);
    InterlockedIncrement(&Visited->Ran);
}

static VOID Send(ULONG Index)
{
    CHECK(KeInsertQueueDpc(&Visits[Index].Dpc, (PVOID)(0xA1A1A1A1A1A1A1A1ull + Index),
                           (PVOID)~0xA1A1A1A1A1A1A1A1ull));
}

/* Every form of saying which processor: 0 by group and number, 1 by the old number of group 0. */
static VOID TestTargets(ULONG Form)
{
    ULONG Count = ContractProcessors();
    PROCESSOR_NUMBER Number;

    Total = 0;
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
        Visits[Index].Index = Index;
        Visits[Index].Ran = 0;
        KeInitializeDpc(&Visits[Index].Dpc, Visit, &Visits[Index]);
        if (Form == 0 || Number.Group != 0) {
            CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Visits[Index].Dpc, &Number), STATUS_SUCCESS);
        } else {
            KeSetTargetProcessorDpc(&Visits[Index].Dpc, (CCHAR)Number.Number);
        }
        KeSetImportanceDpc(&Visits[Index].Dpc, Index % 2 ? HighImportance : MediumHighImportance);
        Send(Index);
    }
    for (ULONG Index = 0; Index < Count; Index++) {
        ContractAwait(&Visits[Index].Ran, 1);
    }
    KeFlushQueuedDpcs();
    CHECK_EQUAL(Total, Count);
}

/* Without a target: the processor that queues. */
static VOID QueueHere(PVOID Context)
{
    ULONG Index = ContractIndex();

    UNREFERENCED_PARAMETER(Context);
    Visits[Index].Ran = 0;
    KeInitializeDpc(&Visits[Index].Dpc, Visit, &Visits[Index]);
    Send(Index);
}

static VOID TestHere(VOID)
{
    static CONTRACT_WORK Works[MAXIMUM];

    ContractRunOnAll(Works, QueueHere, NULL);
    for (ULONG Index = 0; Index < ContractProcessors(); Index++) {
        ContractAwait(&Visits[Index].Ran, 1);
    }
}

static VOID TestNoSuchProcessor(VOID)
{
    PROCESSOR_NUMBER Number = { .Group = 0, .Number = 0 };
    VISIT *Mine = &Visits[0];

    KeInitializeDpc(&Mine->Dpc, Visit, Mine);
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Mine->Dpc, &Number), STATUS_SUCCESS);
    Number.Number = 64;
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Mine->Dpc, &Number), STATUS_INVALID_PARAMETER);
    Number.Number = 0;
    Number.Group = KeQueryActiveGroupCount();
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Mine->Dpc, &Number), STATUS_INVALID_PARAMETER);
    Number.Group = 0xFFFF;
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Mine->Dpc, &Number), STATUS_INVALID_PARAMETER);
    Mine->Ran = 0;
    Send(0); /* the target of before stays */
    ContractAwait(&Mine->Ran, 1);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 0; Round < 20; Round++) {
        TestTargets(Round % 2);
    }
    TestHere();
    TestNoSuchProcessor();
    return CONTRACT_RESULT();
}
