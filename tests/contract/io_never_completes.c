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
    PDEVICE_OBJECT Device;
    PFILE_OBJECT File;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = Create;
    ContractDevice(DriverObject, L"\\Device\\Contract", 0, FALSE);
    ContractOpen(L"\\Device\\Contract", &File, &Device);
    return STATUS_SUCCESS;
}
