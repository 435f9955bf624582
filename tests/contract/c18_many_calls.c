/* SPDX-License-Identifier: MIT */
/* C18: calls that end are no hang, however many follow one another for longer than the watchdog's time. */
#include "contract.h"

#define CALLS 40

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    if (ContractIndex() == 0) {
        KeStallExecutionProcessor(50000); /* together twice the second that the watchdog is set to */
    }
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Call = 0; Call < CALLS; Call++) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, Call), Call);
    }
    return CONTRACT_RESULT();
}
