/* SPDX-License-Identifier: MIT */
/* C6, C11: each call of each caller runs once on each processor with its own Context, also where a waiter serves it. */
#include "contract.h"

#define ROUNDS 50

static CONTRACT_WORK Works[256];
static volatile LONG Ready;
static volatile UCHAR Runs[256][256]; /* [processor][caller]: ROUNDS fits */

static ULONG_PTR NTAPI Routine(ULONG_PTR Caller)
{
    Runs[ContractIndex()][Caller]++;
    return Caller;
}

static VOID CallMany(PVOID Context)
{
    ULONG_PTR Self = ContractIndex();

    UNREFERENCED_PARAMETER(Context);
    InterlockedIncrement(&Ready);
    ContractAwait(&Ready, (LONG)ContractProcessors());
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        for (ULONG Turn = 0; Turn < (Round + Self) % 5; Turn++) {
            YieldProcessor(); /* so others' calls come by interrupt, too, just before its own */
        }
        CHECK_EQUAL(KeIpiGenericCall(Routine, Self), Self);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractRunOnAll(Works, CallMany, NULL);
    for (ULONG Processor = 0; Processor < Count; Processor++) {
        for (ULONG Caller = 0; Caller < Count; Caller++) {
            CHECK_EQUAL(Runs[Processor][Caller], ROUNDS);
        }
    }
    return CONTRACT_RESULT();
}
