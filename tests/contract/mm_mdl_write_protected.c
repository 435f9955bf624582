/* SPDX-License-Identifier: MIT */
/* Writing to a mapping that was made with MdlMappingNoWrite is a bug check. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'siMT');
    PMDL Mdl = IoAllocateMdl(Buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    PUCHAR Mapped;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    Mapped = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority | MdlMappingNoWrite);
    Mapped[0] = 1;
    return STATUS_SUCCESS;
}
