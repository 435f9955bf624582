/* SPDX-License-Identifier: MIT */
/* A request that is completed twice is a bug check. */
#include "requests.h"

static NTSTATUS NTAPI Create(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    ContractComplete(Irp, STATUS_SUCCESS, 0);
    return ContractComplete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractCreate(DriverObject, Create);
    return STATUS_SUCCESS;
}
