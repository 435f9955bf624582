/* SPDX-License-Identifier: MIT */
/* A request that is neither completed nor cancelled is a bug check, not a hang. */
#include "requests.h"

static NTSTATUS NTAPI Create(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    IoMarkIrpPending(Irp);
    return STATUS_PENDING;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractCreate(DriverObject, Create);
    return STATUS_SUCCESS;
}
