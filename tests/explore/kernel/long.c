/* SPDX-License-Identifier: MIT */
/* long.c: calls that end, one after another, for longer than the watchdog's time: no hang. */
#include "../../contract/contract.h"

#define CALLS 12 /* of a second each; the watchdog's time is 10 */

static ULONG_PTR NTAPI Routine(ULONG_PTR Slow)
{
    if (ContractIndex() == Slow) {
        for (ULONG Stall = 0; Stall < 20; Stall++) {
            KeStallExecutionProcessor(50000);
        }
    }
    return Slow;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Call = 0; Call < CALLS; Call++) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, Call % Count), Call % Count);
    }
    return CONTRACT_RESULT();
}
