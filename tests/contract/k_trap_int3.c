/* SPDX-License-Identifier: MIT */
/* int3 without a debugger is STATUS_BREAKPOINT. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __asm__ volatile("int3");
    return STATUS_SUCCESS;
}
