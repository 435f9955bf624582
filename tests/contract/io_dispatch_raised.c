/* SPDX-License-Identifier: MIT */
/* A dispatch routine that returns at another IRQL is a bug check. */
#include "requests.h"

static NTSTATUS NTAPI Create(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    KIRQL Irql;

    ContractComplete(Irp, STATUS_SUCCESS, 0);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractCreate(DriverObject, Create);
    return STATUS_SUCCESS;
}
