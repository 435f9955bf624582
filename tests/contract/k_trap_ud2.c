/* SPDX-License-Identifier: MIT */
/* ud2 is STATUS_ILLEGAL_INSTRUCTION at its own address. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __asm__ volatile("ud2");
    return STATUS_SUCCESS;
}
