/* SPDX-License-Identifier: MIT */
/* C2: with interrupts disabled the call works, also when all processors do it at once; they stay disabled. */
#include "contract.h"

#define ROUNDS 50

static CONTRACT_WORK Works[256];
static volatile LONG Runs;
static volatile LONG Ready;

static BOOLEAN InterruptsEnabled(VOID)
{
    return (__readeflags() & 0x200) != 0;
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    InterlockedIncrement(&Runs);
    return Argument;
}

static VOID CallWithInterruptsOff(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    _disable();
    InterlockedIncrement(&Ready);
    while (Ready < (LONG)ContractProcessors()) {
        YieldProcessor();
    }
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, Round), Round);
        CHECK(!InterruptsEnabled());
    }
    _enable(); /* the calls that the others still make arrive by interrupt again */
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    _disable();
    CHECK_EQUAL(KeIpiGenericCall(Routine, 7), 7);
    CHECK(!InterruptsEnabled());
    _enable();
    CHECK_EQUAL(Runs, ContractProcessors());

    Runs = 0;
    ContractRunOnAll(Works, CallWithInterruptsOff, NULL);
    CHECK_EQUAL(Runs, ROUNDS * ContractProcessors() * ContractProcessors());
    return CONTRACT_RESULT();
}
