/* SPDX-License-Identifier: MIT */
/*
 * A DPC that is queued cannot be queued again; from the moment when its routine begins it can,
 * by the routine itself and by others, and the object may be freed there.
 */
#include "contract.h"

#define AGAIN 50

static KDPC Once, Repeating;
static volatile LONG OnceRan, RepeatingRan, Freed;
static PVOID volatile SeenArgument;

static VOID NTAPI RunOnce(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument2);
    InterlockedExchangePointer(&SeenArgument, Argument1); /* it may run on two processors at once */
    InterlockedIncrement(&OnceRan);
}

static VOID NTAPI RunAgain(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (InterlockedIncrement(&RepeatingRan) < AGAIN) {
        CHECK(KeInsertQueueDpc(Dpc, NULL, NULL));
        CHECK(!KeInsertQueueDpc(Dpc, NULL, NULL));
    }
}

static VOID NTAPI RunAndFree(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    RtlFillMemory(Dpc, sizeof(*Dpc), 0xDD);
    ExFreePool(Dpc);
    InterlockedIncrement(&Freed);
}

static VOID TestTwice(VOID)
{
    KIRQL Old;

    KeInitializeDpc(&Once, RunOnce, NULL);
    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    CHECK(KeInsertQueueDpc(&Once, (PVOID)1, NULL));
    CHECK(!KeInsertQueueDpc(&Once, (PVOID)2, NULL));
    KeLowerIrql(Old);
    CHECK_EQUAL(OnceRan, 1);
    CHECK(SeenArgument == (PVOID)1); /* those of the first */
}

/* All processors queue one object at once: it runs as often as somebody was told that it was
 * queued. */
static volatile LONG Told;

static VOID QueueOften(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Turn = 0; Turn < 200; Turn++) {
        if (KeInsertQueueDpc(&Once, NULL, NULL)) {
            InterlockedIncrement(&Told);
        }
    }
}

static VOID TestAllAtOnce(VOID)
{
    static CONTRACT_WORK Works[256];

    OnceRan = 0;
    KeInitializeDpc(&Once, RunOnce, NULL);
    ContractRunOnAll(Works, QueueOften, NULL);
    KeFlushQueuedDpcs();
    CHECK(Told > 0);
    CHECK_EQUAL(OnceRan, Told);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    TestTwice();
    KeInitializeDpc(&Repeating, RunAgain, NULL);
    CHECK(KeInsertQueueDpc(&Repeating, NULL, NULL));
    ContractAwait(&RepeatingRan, AGAIN);
    for (LONG Round = 1; Round <= 20; Round++) {
        PKDPC Dpc = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Dpc), 'cpDT');

        KeInitializeDpc(Dpc, RunAndFree, NULL);
        CHECK(KeInsertQueueDpc(Dpc, NULL, NULL));
        ContractAwait(&Freed, Round);
    }
    TestAllAtOnce();
    return CONTRACT_RESULT();
}
