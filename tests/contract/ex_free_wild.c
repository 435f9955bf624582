/* SPDX-License-Identifier: MIT */
/* An address that pool never gave out is BAD_POOL_CALLER, invalid address. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ExFreePool((PUCHAR)&DriverObject + 1);
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
