/* SPDX-License-Identifier: MIT */
/* C13: a routine that disables or enables interrupts changes nothing for the caller, the waiting, or the interrupted. */
#include "contract.h"

#define ROUNDS 20

static CONTRACT_WORK Works[256];
static volatile LONG Ready;

static BOOLEAN InterruptsEnabled(VOID)
{
    return (__readeflags() & 0x200) != 0;
}

static ULONG_PTR NTAPI Disable(ULONG_PTR Argument)
{
    _disable();
    return Argument;
}

static ULONG_PTR NTAPI Enable(ULONG_PTR Argument)
{
    _enable();
    return Argument;
}

/* On every processor at once, so that some are callers, some interrupted, and some wait for their turn. */
static VOID CallMany(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    InterlockedIncrement(&Ready);
    while (Ready < (LONG)ContractProcessors()) {
        YieldProcessor();
    }
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        KeIpiGenericCall(Disable, 0);
        CHECK(InterruptsEnabled());
        CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Disable, 0);
    CHECK(InterruptsEnabled());
    _disable();
    KeIpiGenericCall(Enable, 0);
    CHECK(!InterruptsEnabled());
    _enable();
    ContractRunOnAll(Works, CallMany, NULL);
    return CONTRACT_RESULT();
}
