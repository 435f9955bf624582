/* SPDX-License-Identifier: MIT */
/*
 * A wrong address at DISPATCH_LEVEL is DRIVER_IRQL_NOT_LESS_OR_EQUAL, with address, IRQL, kind
 * and place.
 */
#include "contract.h"

static PUCHAR volatile Nowhere = (PUCHAR)0x1230;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KIRQL Old;

    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    *Nowhere = 1;
    return STATUS_SUCCESS;
}
