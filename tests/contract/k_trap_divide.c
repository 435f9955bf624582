/* SPDX-License-Identifier: MIT */
/* A division by zero is STATUS_INTEGER_DIVIDE_BY_ZERO. */
#include "contract.h"

static volatile LONG Zero;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    Zero = 5 / Zero;
    return STATUS_SUCCESS;
}
