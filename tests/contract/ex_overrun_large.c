/* SPDX-License-Identifier: MIT */
/* So is one behind a block of more than a page. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Block = ExAllocatePoolWithTag(PagedPool, PAGE_SIZE + 1, 'tseT');

    Block[2 * PAGE_SIZE - 1] = 0x5A;
    ExFreePool(Block);
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
