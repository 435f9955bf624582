/* SPDX-License-Identifier: MIT */
/* Pool of no executable kind does not run: ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Block = ExAllocatePoolWithTag(NonPagedPoolNx, 40, 'tseT');

    Block[0] = 0xC3; /* ret */
    ((VOID(NTAPI *)(VOID))(ULONG_PTR)Block)();
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
