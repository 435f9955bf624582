/* SPDX-License-Identifier: MIT */
/* An MDL that is unlocked twice is a bug check. */
#include "mdl.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Mdl = ContractLockedMdl();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    MmUnlockPages(Mdl);
    MmUnlockPages(Mdl);
    return STATUS_SUCCESS;
}
