/* SPDX-License-Identifier: MIT */
/* So is one that is read, and what the parameters say is which. */
#include "contract.h"

static PUCHAR volatile Nowhere = (PUCHAR)0x1230;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    *(volatile UCHAR *)(Nowhere + 4);
    return STATUS_SUCCESS;
}
