/* SPDX-License-Identifier: MIT */
/* call.h: a call that must run once on every processor; it can come from DPCs and from a timer. */
#pragma once

#include "contract.h"

static KTIMER ContractCallTimer;
static KDPC ContractCallDpc;
static volatile LONG ContractTimerCalls;

static ULONG_PTR NTAPI ContractCountRun(ULONG_PTR Context)
{
    InterlockedIncrement((volatile LONG *)Context);
    return Context;
}

static inline VOID ContractCall(VOID)
{
    volatile LONG Ran = 0;

    CHECK_EQUAL(KeIpiGenericCall(ContractCountRun, (ULONG_PTR)&Ran), (ULONG_PTR)&Ran);
    CHECK_EQUAL(Ran, ContractProcessors());
}

/* For ContractRunOnAll. */
static inline VOID ContractCallFromDpc(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ContractCall();
}

static VOID NTAPI ContractCallFromTimer(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    ContractCall();
    InterlockedIncrement(&ContractTimerCalls);
}

/* Call from a timer's DPC every millisecond, until ContractEndTimer. */
static inline VOID ContractBeginTimer(VOID)
{
    LARGE_INTEGER Due = {.QuadPart = -10000};

    KeInitializeTimerEx(&ContractCallTimer, NotificationTimer);
    KeInitializeDpc(&ContractCallDpc, ContractCallFromTimer, NULL);
    KeSetTimerEx(&ContractCallTimer, Due, 1, &ContractCallDpc);
}

static inline VOID ContractEndTimer(VOID)
{
    KeCancelTimer(&ContractCallTimer);
    KeFlushQueuedDpcs();
    CHECK(ContractTimerCalls > 0);
}
