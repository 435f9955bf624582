/* SPDX-License-Identifier: MIT */
/* A driver that writes to KUSER_SHARED_DATA meets ATTEMPTED_WRITE_TO_READONLY_MEMORY. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    *(volatile ULONG *)0xFFFFF78000000320ull = 1;
    return STATUS_SUCCESS;
}
