/* SPDX-License-Identifier: MIT */
/*
 * C6: a call runs once on each processor, also where its interrupt comes late, into a routine that
 * has lowered the IRQL (which breaks R6).
 */
#include "once.h"

#define ROUNDS 20

static ULONG_PTR NTAPI Routine(ULONG_PTR Caller)
{
    KIRQL Irql = KeGetCurrentIrql();

    ContractRuns[ContractIndex()][Caller]++;
    if (ContractRuns[ContractIndex()][Caller] <= ROUNDS) {
        __writecr8(DISPATCH_LEVEL); /* a waiter has served the call by polling: its interrupt is due */
        __writecr8(Irql);
    }
    return Caller;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CONTRACT_CALLS Calls = { Routine, ROUNDS, 1 };

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractCallOnAll(&Calls);
    return CONTRACT_RESULT();
}
