/* SPDX-License-Identifier: MIT */
/* A wait in a DPC that would have to sleep is ATTEMPTED_SWITCH_FROM_DPC. */
#include "threads.h"

static VOID Wait(PVOID Context)
{
    LARGE_INTEGER Interval = {.QuadPart = -1};

    UNREFERENCED_PARAMETER(Context);
    KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static CONTRACT_WORK Work;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractStart(&Work, ContractProcessors() - 1, Wait, NULL);
    ContractAwait(&Work.Done, 1);
    return STATUS_SUCCESS;
}
