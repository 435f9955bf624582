/* SPDX-License-Identifier: MIT */
/* A block of pool that is freed twice is BAD_POOL_CALLER, already freed. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PVOID Block = ExAllocatePoolWithTag(NonPagedPoolNx, 40, 'tseT');

    ExFreePool(Block);
    ExFreePool(Block);
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
