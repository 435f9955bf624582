/* SPDX-License-Identifier: MIT */
/* A DriverEntry that returns at a raised IRQL is IRQL_UNEXPECTED_VALUE. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KIRQL Old;

    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
