/* SPDX-License-Identifier: MIT */
/* C5: no processor enters the routine until all have arrived: not while one of them has interrupts disabled. */
#include "contract.h"

#define ROUNDS 20

static CONTRACT_WORK Work;
static volatile LONG Begun;   /* rounds in which the late processor has come so far */
static volatile LONG Late;    /* 1: it cannot have arrived at the barrier */
static volatile LONG Early;   /* routines that began nevertheless */

static VOID BeLate(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    _disable();
    Late = 1;
    InterlockedIncrement(&Begun);
    KeStallExecutionProcessor(2000);
    /* Give the others their turn where processors share a core. */
    for (ULONG Turn = 0; Turn < 200; Turn++) {
        YieldProcessor();
    }
    Late = 0;
    _enable();
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    if (Late) {
        InterlockedIncrement(&Early);
    }
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 0; Count > 1 && Round < ROUNDS; Round++) {
        ContractStart(&Work, 1 + Round % (Count - 1), BeLate, NULL);
        ContractAwait(&Begun, (LONG)Round + 1);
        KeIpiGenericCall(Routine, 0);
        ContractAwait(&Work.Done, 1);
    }
    CHECK_EQUAL(Early, 0);
    return CONTRACT_RESULT();
}
