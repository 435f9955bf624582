/* SPDX-License-Identifier: MIT */
/* Unmapping an MDL at another address than its mapping's is a bug check. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'siMT');
    PMDL Mdl = IoAllocateMdl(Buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    MmUnmapLockedPages((PUCHAR)MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) + PAGE_SIZE, Mdl);
    return STATUS_SUCCESS;
}
