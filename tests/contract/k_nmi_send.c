/* SPDX-License-Identifier: MIT */
/*
 * HalSendNMI interrupts exactly the processors of its set, the sender included, whatever their IRQL and with their
 * interrupts off; each runs the registered callbacks at HIGH_LEVEL, the last registered first, and goes on where it was.
 */
#include <allcall_nmi.h>
#include "contract.h"

#define MAXIMUM 64

static volatile LONG First[MAXIMUM], Last[MAXIMUM];
static CONTRACT_WORK Works[MAXIMUM];
static volatile LONG Ready, Stop;

static BOOLEAN NTAPI RegisteredFirst(PVOID Context, BOOLEAN Handled)
{
    ULONG Index = ContractIndex();

    CHECK(Context == (PVOID)1 && Handled);
    CHECK_EQUAL(KeGetCurrentIrql(), HIGH_LEVEL);
    CHECK((__readeflags() & 0x200) == 0);
    InterlockedIncrement(&First[Index]);
    CHECK_EQUAL(First[Index], Last[Index]);
    return FALSE;
}

static BOOLEAN NTAPI RegisteredLast(PVOID Context, BOOLEAN Handled)
{
    CHECK(Context == (PVOID)2 && !Handled);
    InterlockedIncrement(&Last[ContractIndex()]);
    return TRUE;
}

/* A processor that no other interrupt reaches. */
static VOID HearNothing(PVOID Context)
{
    KIRQL Old;

    UNREFERENCED_PARAMETER(Context);
    KeRaiseIrql(HIGH_LEVEL, &Old);
    _disable();
    InterlockedIncrement(&Ready);
    while (!Stop) {
        YieldProcessor();
    }
    _enable();
    KeLowerIrql(Old);
}

static VOID Send(ULONG64 Mask)
{
    LONG Before[MAXIMUM];
    KAFFINITY_EX Set;

    KeInitializeAffinityEx(&Set);
    for (ULONG Index = 0; Index < ContractProcessors(); Index++) {
        Before[Index] = First[Index];
        if (Mask >> Index & 1) {
            KeAddProcessorAffinityEx(&Set, Index);
        }
    }
    HalSendNMI(&Set);
    for (ULONG Index = 0; Index < ContractProcessors(); Index++) {
        ContractAwait(&First[Index], Before[Index] + (LONG)(Mask >> Index & 1));
    }
    KeStallExecutionProcessor(5);
    for (ULONG Index = 0; Index < ContractProcessors(); Index++) {
        CHECK_EQUAL(First[Index], Before[Index] + (LONG)(Mask >> Index & 1));
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    PVOID Handles[2];

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeSetSystemAffinityThread(1);
    Handles[0] = KeRegisterNmiCallback(RegisteredFirst, (PVOID)1);
    Handles[1] = KeRegisterNmiCallback(RegisteredLast, (PVOID)2);
    for (ULONG Index = 1; Index < Count; Index++) {
        ContractStart(&Works[Index], Index, HearNothing, NULL);
    }
    ContractAwait(&Ready, (LONG)Count - 1);
    for (ULONG64 Mask = 0; Mask < 1ull << min(Count, 4); Mask++) {
        Send(Mask);
    }
    Send((1ull << Count) - 1);
    Send((1ull << Count) - 2);
    InterlockedExchange(&Stop, 1);
    for (ULONG Index = 1; Index < Count; Index++) {
        ContractAwait(&Works[Index].Done, 1);
    }
    CHECK_EQUAL(KeDeregisterNmiCallback(Handles[0]), STATUS_SUCCESS);
    CHECK_EQUAL(KeDeregisterNmiCallback(Handles[1]), STATUS_SUCCESS);
    return CONTRACT_RESULT();
}
