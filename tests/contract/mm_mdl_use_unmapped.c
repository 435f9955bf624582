/* SPDX-License-Identifier: MIT */
/* Using the mapping of an MDL after it was unmapped faults, on every processor. */
#include "mdl.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Mdl = ContractLockedMdl();
    PUCHAR Mapped = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    Mapped[0] = 1;
    MmUnlockPages(Mdl);
    Mapped[0] = 2;
    return STATUS_SUCCESS;
}
