/* SPDX-License-Identifier: MIT */
/* C6: the routine runs exactly once on each processor per call, with the caller's Context. */
#include "contract.h"

#define ROUNDS 500

static volatile LONG Runs[256];

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    ULONG Index = ContractIndex();

    CHECK_EQUAL(Argument, 0xC0FFEE00 + Runs[Index] + 1);
    Runs[Index]++;
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 1; Round <= ROUNDS; Round++) {
        KeIpiGenericCall(Routine, 0xC0FFEE00 + Round);
        for (ULONG Index = 0; Index < Count; Index++) {
            CHECK_EQUAL(Runs[Index], Round);
        }
    }
    return CONTRACT_RESULT();
}
