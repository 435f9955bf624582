/* SPDX-License-Identifier: MIT */
/*
 * added.c: processors are added while others call: each takes part in every call that begins when
 * it is counted, and in none before.
 */
#include "../../contract/counted.h"

#define CALLERS 2

static ULONG Maximum;

static VOID CallOnAndOn(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (!ContractStop) {
        ContractCallCounted();
        for (ULONG Turn = 0; Turn < 20; Turn++) {
            YieldProcessor();
        }
    }
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    ContractStopCallers();
    CHECK_EQUAL(ContractProcessors(), Maximum);
    ContractCallCounted();
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    Maximum = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS);
    if (Maximum > Count) {
        ContractStartCallers(CALLERS, CallOnAndOn);
    }
    return CONTRACT_RESULT();
}
