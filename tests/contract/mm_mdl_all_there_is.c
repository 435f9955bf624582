/* SPDX-License-Identifier: MIT */
/* A list of more pages than there are ends, though the search is long, and takes nothing away: nobody takes it for a hang. */
#include "contract.h"

#define GIBIBYTE ((SIZE_T)1 << 30)

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PHYSICAL_ADDRESS Low = { .QuadPart = 0 }, High = { .QuadPart = -1 }, Skip = { .QuadPart = 0 };
    PMDL Mdl = MmAllocatePagesForMdlEx(Low, High, Skip, 3 * GIBIBYTE, MmCached, 0);

    PVOID Block;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (Mdl != NULL) { /* else there was no room for the list itself */
        CHECK(MmGetMdlByteCount(Mdl) != 0 && MmGetMdlByteCount(Mdl) < 3 * GIBIBYTE);
        MmFreePagesFromMdl(Mdl);
        ExFreePool(Mdl);
    }
    Block = ExAllocatePoolWithTag(NonPagedPoolNx, 8 << 20, '1tsT');
    CHECK(Block != NULL);
    if (Block != NULL) {
        ExFreePool(Block);
    }
    CHECK_EQUAL(KeIpiGenericCall(Routine, 1), 1);
    return CONTRACT_RESULT();
}
