/* SPDX-License-Identifier: MIT */
/* Mapping an MDL that is neither locked nor built is a bug check. */
#include "mdl.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Mdl = ContractMdl();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    return STATUS_SUCCESS;
}
