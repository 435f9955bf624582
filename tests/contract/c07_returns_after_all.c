/* SPDX-License-Identifier: MIT */
/* C7: the call returns only after the routine has returned on every processor; Context may be on the stack. */
#include "contract.h"

#define ROUNDS 10

typedef struct _SLOTS {
    volatile ULONG64 Value[256];
} SLOTS;

static volatile LONG Inside;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    SLOTS *Slots = (SLOTS *)Argument;
    ULONG Index = ContractIndex();

    InterlockedIncrement(&Inside);
    KeStallExecutionProcessor(10 * (Index % 8)); /* the others are slower than processor 0 */
    Slots->Value[Index] = 0xABCD0000 + Index;
    InterlockedDecrement(&Inside);
    return 0;
}

static VOID Call(VOID)
{
    ULONG Count = ContractProcessors();
    SLOTS Slots;

    RtlZeroMemory(&Slots, sizeof(Slots));
    KeIpiGenericCall(Routine, (ULONG_PTR)&Slots);
    CHECK_EQUAL(Inside, 0);
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK_EQUAL(Slots.Value[Index], 0xABCD0000 + Index);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        Call();
    }
    return CONTRACT_RESULT();
}
