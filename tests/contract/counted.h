/* SPDX-License-Identifier: MIT */
/*
 * counted.h: callers, while processors are added.
 *
 * A call runs on those that are counted while it runs, and the count only grows.  A driver's
 * callers call on and on, on processors 1, 2 and so on, until its DriverUnload stops them.
 */
#pragma once

#include "contract.h"

#define CONTRACT_CALLERS 3

typedef struct _CONTRACT_CALL {
    volatile LONG Runs;
    volatile LONG Counted; /* how many processors there were, as every routine saw it */
} CONTRACT_CALL;

static CONTRACT_WORK ContractCallerWorks[CONTRACT_CALLERS + 1];
static volatile LONG ContractStop;
static ULONG ContractCallers;

static ULONG_PTR NTAPI ContractCountedRoutine(ULONG_PTR Context)
{
    CONTRACT_CALL *Call = (CONTRACT_CALL *)Context;
    LONG Count = (LONG)ContractProcessors();
    LONG Before = InterlockedCompareExchange(&Call->Counted, Count, 0);

    CHECK(Before == 0 || Before == Count);
    CHECK(ContractIndex() < (ULONG)Count);
    InterlockedIncrement(&Call->Runs);
    return Context;
}

static inline VOID ContractCallCounted(VOID)
{
    CONTRACT_CALL Call = { 0, 0 };
    LONG Before = (LONG)ContractProcessors();
    LONG After;

    CHECK_EQUAL(KeIpiGenericCall(ContractCountedRoutine, (ULONG_PTR)&Call), (ULONG_PTR)&Call);
    After = (LONG)ContractProcessors();
    CHECK_EQUAL(Call.Runs, Call.Counted);
    CHECK(Before <= Call.Runs && Call.Runs <= After);
}

/* Start up to Most callers.  Each runs Routine, which ends when it sees ContractStop. */
static inline VOID ContractStartCallers(ULONG Most, VOID (*Routine)(PVOID))
{
    ULONG Count = ContractProcessors();

    ContractCallers = Count - 1 < Most ? Count - 1 : Most;
    for (ULONG Index = 1; Index <= ContractCallers; Index++) {
        ContractStart(&ContractCallerWorks[Index], Index, Routine, NULL);
    }
}

static inline VOID ContractStopCallers(VOID)
{
    InterlockedExchange(&ContractStop, 1);
    for (ULONG Index = 1; Index <= ContractCallers; Index++) {
        ContractAwait(&ContractCallerWorks[Index].Done, 1);
    }
}
