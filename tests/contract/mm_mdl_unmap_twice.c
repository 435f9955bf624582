/* SPDX-License-Identifier: MIT */
/* Unmapping an MDL that is not mapped is a bug check. */
#include "mdl.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Mdl = ContractLockedMdl();
    PUCHAR Mapped = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    MmUnmapLockedPages(Mapped, Mdl);
    MmUnmapLockedPages(Mapped, Mdl);
    return STATUS_SUCCESS;
}
