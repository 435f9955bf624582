/* SPDX-License-Identifier: MIT */
/* A write behind a block of whole pages faults where it happens. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Block = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, 'tseT');

    Block[PAGE_SIZE] = 0x5A;
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
