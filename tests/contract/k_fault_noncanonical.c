/* SPDX-License-Identifier: MIT */
/*
 * An address that is not canonical is an access violation whose address the processor does not
 * tell.
 */
#include "contract.h"

static PUCHAR volatile Nowhere = (PUCHAR)0x8000000000000000ull;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    *Nowhere = 1;
    return STATUS_SUCCESS;
}
