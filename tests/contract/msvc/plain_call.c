/* SPDX-License-Identifier: MIT */
/* A driver built by clang and lld-link by hand, without guards, runs and calls like any other. */
#include "../contract.h"

static volatile LONG Ran;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    InterlockedIncrement(&Ran);
    return Argument + 1;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(KeIpiGenericCall(Routine, 41), 42);
    CHECK_EQUAL(Ran, ContractProcessors());
    CHECK_EQUAL((ULONG)KeNumberProcessors, KeQueryActiveProcessorCountEx(0));
    return CONTRACT_RESULT();
}
