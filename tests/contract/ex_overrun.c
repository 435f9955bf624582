/* SPDX-License-Identifier: MIT */
/* A byte written behind a block of pool is found when the block is freed: BAD_POOL_HEADER. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Block = ExAllocatePoolWithTag(NonPagedPoolNx, 40, 'tseT');

    Block[40] = 0x5A;
    ExFreePool(Block);
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
