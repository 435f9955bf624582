/* SPDX-License-Identifier: MIT */
/* C2, R7: a caller at IPI_LEVEL is a bug check, never a hang. */
#include "contract.h"

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeRaiseIrql(IPI_LEVEL, &Old);
    KeIpiGenericCall(Routine, 0);
    return STATUS_SUCCESS;
}
