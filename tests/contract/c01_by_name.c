/* SPDX-License-Identifier: MIT */
/* C1: the call is exported by name, and a plain call runs the routine with its argument. */
#include "contract.h"

static volatile LONG Runs;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    CHECK_EQUAL(Argument, 0x1234);
    InterlockedIncrement(&Runs);
    return Argument + 1;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(KeIpiGenericCall(Routine, 0x1234), 0x1235);
    CHECK_EQUAL(Runs, ContractProcessors());
    return CONTRACT_RESULT();
}
