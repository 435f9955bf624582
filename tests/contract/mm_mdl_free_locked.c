/* SPDX-License-Identifier: MIT */
/* Freeing an MDL whose pages are still locked is a bug check. */
#include "mdl.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Mdl = ContractLockedMdl();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    IoFreeMdl(Mdl);
    return STATUS_SUCCESS;
}
