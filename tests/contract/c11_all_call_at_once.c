/* SPDX-License-Identifier: MIT */
/* C11: concurrent callers are served one after another, every call whole, none lost; waiters take part meanwhile. */
#include "contract.h"

#define ROUNDS 20

static CONTRACT_WORK Works[256];
static volatile LONG Ready;
static volatile LONG Inside;       /* processors in a routine now */
static volatile LONG64 Current; /* whose call it is */
static volatile LONG Runs;

static ULONG_PTR NTAPI Routine(ULONG_PTR Caller)
{
    LONG Count = (LONG)ContractProcessors();

    InterlockedExchange64(&Current, (LONG64)Caller);
    InterlockedIncrement(&Inside);
    while (Inside < Count) {
        YieldProcessor();
    }
    CHECK_EQUAL((ULONG_PTR)Current, Caller); /* nobody in here belongs to another call */
    InterlockedIncrement(&Runs);
    while (Runs % Count != 0) {
        YieldProcessor(); /* it stays a multiple until all of this call have left */
    }
    InterlockedDecrement(&Inside);
    return Caller;
}

static VOID CallMany(PVOID Context)
{
    ULONG_PTR Self = ContractIndex() + 1;

    UNREFERENCED_PARAMETER(Context);
    InterlockedIncrement(&Ready);
    while (Ready < (LONG)ContractProcessors()) {
        YieldProcessor();
    }
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, Self), Self);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractRunOnAll(Works, CallMany, NULL);
    CHECK_EQUAL(Runs, ROUNDS * Count * Count);
    CHECK_EQUAL(Inside, 0);
    return CONTRACT_RESULT();
}
