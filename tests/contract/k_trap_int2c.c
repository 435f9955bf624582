/* SPDX-License-Identifier: MIT */
/* int 2Ch is STATUS_ASSERTION_FAILURE. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __asm__ volatile("int $0x2C");
    return STATUS_SUCCESS;
}
