/* SPDX-License-Identifier: MIT */
/* Writing to a mapping that was made with MdlMappingNoWrite is a bug check. */
#include "mdl.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Mdl = ContractLockedMdl();
    PUCHAR Mapped = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority | MdlMappingNoWrite);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    Mapped[0] = 1;
    return STATUS_SUCCESS;
}
