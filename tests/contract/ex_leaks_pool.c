/* SPDX-License-Identifier: MIT */
/* Pool that a driver has not freed when it unloads is noted, by tag; what it has freed is not. */
#include "contract.h"

#define TAG_LOST  'tsoL'
#define TAG_LARGE 'graL'
#define TAG_FREED 'dEEF'

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PVOID Freed[100];

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Freed); Index++) {
        Freed[Index] = ExAllocatePoolWithTag(NonPagedPoolNx, 10 + 100 * Index, TAG_FREED);
        CHECK(Freed[Index] != NULL);
    }
    CHECK(ExAllocatePoolWithTag(NonPagedPoolNx, 100, TAG_LOST) != NULL);
    CHECK(ExAllocatePoolWithTag(PagedPool, 23, TAG_LOST) != NULL);
    CHECK(ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, TAG_LARGE) != NULL);
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Freed); Index++) {
        ExFreePool(Freed[Index]);
    }
    return CONTRACT_RESULT();
}
