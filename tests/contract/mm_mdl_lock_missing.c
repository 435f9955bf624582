/* SPDX-License-Identifier: MIT */
/* Locking addresses at which there is nothing raises an exception. */
#include "mdl.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Mdl = ContractMdl();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ExFreePool(MmGetMdlVirtualAddress(Mdl));
    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    return STATUS_SUCCESS;
}
