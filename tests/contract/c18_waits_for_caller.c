/* SPDX-License-Identifier: MIT */
/* C18: a routine that waits on every processor for what the caller does only after the call. */
#include "contract.h"

static volatile LONG Flag;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    ContractAwait(&Flag, 1);
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, 0);
    Flag = 1;
    return STATUS_SUCCESS;
}
