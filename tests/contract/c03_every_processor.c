/* SPDX-License-Identifier: MIT */
/* C3: every active processor of every group runs the routine, and no other. */
#include "contract.h"

static volatile LONG Seen[4096];

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    PROCESSOR_NUMBER Number;
    ULONG Index = KeGetCurrentProcessorNumberEx(&Number);

    UNREFERENCED_PARAMETER(Argument);
    CHECK_EQUAL(KeGetProcessorIndexFromNumber(&Number), Index);
    if (Index < RTL_NUMBER_OF(Seen)) {
        InterlockedIncrement(&Seen[Index]);
    }
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    ULONG Sum = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (USHORT Group = 0; Group < KeQueryActiveGroupCount(); Group++) {
        Sum += KeQueryActiveProcessorCountEx(Group);
    }
    CHECK_EQUAL(Sum, Count);

    KeIpiGenericCall(Routine, 0);
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Seen); Index++) {
        CHECK_EQUAL(Seen[Index], Index < Count ? 1 : 0);
    }
    return CONTRACT_RESULT();
}
