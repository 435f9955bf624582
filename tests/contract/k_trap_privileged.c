/* SPDX-License-Identifier: MIT */
/* A privileged instruction with a wrong operand is STATUS_PRIVILEGED_INSTRUCTION. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __asm__ volatile("ltr %w0" : : "r"(0xFFF8)); /* no such descriptor */
    return STATUS_SUCCESS;
}
