/* SPDX-License-Identifier: MIT */
/* C6, C11: each call of each caller runs once on each processor with its own Context, also where a waiter serves it. */
#include "once.h"

#define ROUNDS 50

static ULONG_PTR NTAPI Routine(ULONG_PTR Caller)
{
    ContractRuns[ContractIndex()][Caller]++;
    return Caller;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CONTRACT_CALLS Calls = { Routine, ROUNDS, 5 }; /* others' calls come by interrupt, too */

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractCallOnAll(&Calls);
    return CONTRACT_RESULT();
}
