/* SPDX-License-Identifier: MIT */
/*
 * C6: a call runs once on each processor, also where its interrupt comes late, into a routine that
 * has lowered the IRQL (which breaks R6).
 */
#include "contract.h"

#define ROUNDS 20

static CONTRACT_WORK Works[256];
static volatile LONG Ready;
static volatile UCHAR Runs[256][256]; /* [processor][caller]: ROUNDS fits */

static ULONG_PTR NTAPI Routine(ULONG_PTR Caller)
{
    KIRQL Irql = KeGetCurrentIrql();

    Runs[ContractIndex()][Caller]++;
    if (Runs[ContractIndex()][Caller] <= ROUNDS) {
        __writecr8(DISPATCH_LEVEL); /* a waiter has served the call by polling: its interrupt is due */
        __writecr8(Irql);
    }
    return Caller;
}

static VOID CallMany(PVOID Context)
{
    ULONG_PTR Self = ContractIndex();

    UNREFERENCED_PARAMETER(Context);
    InterlockedIncrement(&Ready);
    ContractAwait(&Ready, (LONG)ContractProcessors());
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
    for (ULONG Processor = 0; Processor < Count; Processor++) {
        for (ULONG Caller = 0; Caller < Count; Caller++) {
            CHECK_EQUAL(Runs[Processor][Caller], ROUNDS);
        }
    }
    return CONTRACT_RESULT();
}
