/* SPDX-License-Identifier: MIT */
/* int 29h is KERNEL_SECURITY_CHECK_FAILURE at once, with its code. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __asm__ volatile("int $0x29" : : "c"(3));
    return STATUS_SUCCESS;
}
