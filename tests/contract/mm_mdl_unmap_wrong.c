/* SPDX-License-Identifier: MIT */
/* Unmapping an MDL at another address than its mapping's is a bug check. */
#include "mdl.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Mdl = ContractLockedMdl();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    MmUnmapLockedPages((PUCHAR)MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) + PAGE_SIZE, Mdl);
    return STATUS_SUCCESS;
}
