/* SPDX-License-Identifier: MIT */
/* Unmapping an MDL that is not mapped is a bug check. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'siMT');
    PMDL Mdl = IoAllocateMdl(Buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    PUCHAR Mapped;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    Mapped = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    MmUnmapLockedPages(Mapped, Mdl);
    MmUnmapLockedPages(Mapped, Mdl);
    return STATUS_SUCCESS;
}
