/* SPDX-License-Identifier: MIT */
/* When all processors stop the system at once, one of them does, and there is one report. */
#include "contract.h"

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    KeBugCheckEx(MANUALLY_INITIATED_CRASH, Argument, 0x77, 0x88, 0x99);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, 0x66);
    return STATUS_SUCCESS;
}
