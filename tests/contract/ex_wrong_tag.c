/* SPDX-License-Identifier: MIT */
/* Pool that is freed with another tag is BAD_POOL_CALLER, wrong tag. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PVOID Block = ExAllocatePoolWithTag(NonPagedPoolNx, 40, 'tseT');

    ExFreePoolWithTag(Block, 'Tset');
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
