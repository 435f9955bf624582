/* SPDX-License-Identifier: MIT */
/*
 * once.h: all processors call at the same time, many times, and each call has run once on each.
 *
 * The routine's argument is its caller's index, which it returns; it counts itself in ContractRuns.
 */
#pragma once

#include "contract.h"

typedef struct _CONTRACT_CALLS {
    PKIPI_BROADCAST_WORKER Routine;
    ULONG Rounds; /* at most MAXUCHAR */
    ULONG Spread; /* before a call, up to this many turns less one, so that some come late */
} CONTRACT_CALLS;

static CONTRACT_WORK ContractWorks[256];
static volatile LONG ContractReady;
static volatile UCHAR ContractRuns[256][256]; /* [processor][caller] */

static VOID ContractCallMany(PVOID Context)
{
    const CONTRACT_CALLS *Calls = Context;
    ULONG_PTR Self = ContractIndex();

    InterlockedIncrement(&ContractReady);
    ContractAwait(&ContractReady, (LONG)ContractProcessors());
    for (ULONG Round = 0; Round < Calls->Rounds; Round++) {
        for (ULONG Turn = 0; Turn < (Round + Self) % Calls->Spread; Turn++) {
            YieldProcessor();
        }
        CHECK_EQUAL(KeIpiGenericCall(Calls->Routine, Self), Self);
    }
}

/* Make the calls on all processors, and count what has run. */
static inline VOID ContractCallOnAll(CONTRACT_CALLS *Calls)
{
    ULONG Count = ContractProcessors();

    ContractRunOnAll(ContractWorks, ContractCallMany, Calls);
    for (ULONG Processor = 0; Processor < Count; Processor++) {
        for (ULONG Caller = 0; Caller < Count; Caller++) {
            CHECK_EQUAL(ContractRuns[Processor][Caller], Calls->Rounds);
        }
    }
}
