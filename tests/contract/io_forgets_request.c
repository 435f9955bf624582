/* SPDX-License-Identifier: MIT */
/* A dispatch routine that neither completes a request nor says that it is pending is a bug check. */
#include "requests.h"

static NTSTATUS NTAPI Create(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractCreate(DriverObject, Create);
    return STATUS_SUCCESS;
}
