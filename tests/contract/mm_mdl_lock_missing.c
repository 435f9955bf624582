/* SPDX-License-Identifier: MIT */
/* Locking addresses at which there is nothing raises an exception. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'siMT');
    PMDL Mdl = IoAllocateMdl(Buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ExFreePool(Buffer);
    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    return STATUS_SUCCESS;
}
