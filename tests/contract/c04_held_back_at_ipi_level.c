/* SPDX-License-Identifier: MIT */
/* C4: code at IPI_LEVEL is not interrupted by a call: its processor takes part when it lowers, ticks or not. */
#include "contract.h"

#define ROUNDS 3

static CONTRACT_WORK Work;
static volatile LONG Above;   /* the target is at IPI_LEVEL */
static volatile LONG Calling;
static volatile LONG Runs;
static volatile LONG Early;   /* routines that ran while it was */

static VOID StayAbove(PVOID Context)
{
    KIRQL Old;

    UNREFERENCED_PARAMETER(Context);
    KeRaiseIrql(IPI_LEVEL, &Old);
    InterlockedExchange(&Above, 1);
    ContractAwait(&Calling, 1);
    for (ULONG Turn = 0; Turn < 200; Turn++) {
        YieldProcessor(); /* the call has begun by then, and waits for this processor */
    }
    KeStallExecutionProcessor(50000); /* three ticks, which come at class 15 */
    Above = 0;
    KeLowerIrql(Old);
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    if (Above) {
        InterlockedIncrement(&Early);
    }
    InterlockedIncrement(&Runs);
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 0; Count > 1 && Round < ROUNDS; Round++) {
        Calling = Runs = 0;
        ContractStart(&Work, Count - 1, StayAbove, NULL);
        ContractAwait(&Above, 1);
        InterlockedExchange(&Calling, 1);
        KeIpiGenericCall(Routine, 0);
        CHECK_EQUAL(Runs, Count);
        ContractAwait(&Work.Done, 1);
    }
    CHECK_EQUAL(Early, 0);
    return CONTRACT_RESULT();
}
