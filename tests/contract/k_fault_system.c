/* SPDX-License-Identifier: MIT */
/* A wrong system address below DISPATCH_LEVEL is PAGE_FAULT_IN_NONPAGED_AREA. */
#include "contract.h"

static PUCHAR volatile Nowhere = (PUCHAR)0xFFFFF90000000000ull;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    *Nowhere = 1;
    return STATUS_SUCCESS;
}
