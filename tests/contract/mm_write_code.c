/* SPDX-License-Identifier: MIT */
/* A driver that writes to its code meets ATTEMPTED_WRITE_TO_READONLY_MEMORY. */
#include "contract.h"

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    *(volatile UCHAR *)(ULONG_PTR)DriverEntry = 0xC3;
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
