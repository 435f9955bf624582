/* SPDX-License-Identifier: MIT */
/* Sending a request on without a stack location for it is a bug check. */
#include "requests.h"

static NTSTATUS NTAPI Create(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    return IoCallDriver(Device, Irp);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractCreate(DriverObject, Create);
    return STATUS_SUCCESS;
}
