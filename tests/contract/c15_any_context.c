/* SPDX-License-Identifier: MIT */
/* C15: Context arrives unchanged, whatever its bits. */
#include "contract.h"

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    return ~Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const ULONG_PTR Contexts[] = {
        0, 1, 0xFFFFFFFFFFFFFFFF, 0x8000000000000000, 0x00000000FFFFFFFF, 0xFFFFFFFF00000000, 0x0000800000000000,
        0xFFFF7FFFFFFFFFFF, 0xDEADBEEFCAFEF00D,
    };

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Contexts); Index++) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, Contexts[Index]), ~Contexts[Index]);
    }
    return CONTRACT_RESULT();
}
