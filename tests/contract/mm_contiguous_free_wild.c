/* SPDX-License-Identifier: MIT */
/* Freeing contiguous memory that is none is a bug check. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'siMT');
    PMDL Mdl = IoAllocateMdl(Buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    UNREFERENCED_PARAMETER(Mdl);
    MmFreeContiguousMemory(Buffer);
    return STATUS_SUCCESS;
}
