/* SPDX-License-Identifier: MIT */
/* C18: a processor whose routine does not return is named by IPI_WATCHDOG_TIMEOUT. */
#include "contract.h"

static volatile LONG Never;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    if (ContractIndex() == Argument) {
        ContractAwait(&Never, 1);
    }
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, ContractProcessors() - 1);
    return STATUS_SUCCESS;
}
