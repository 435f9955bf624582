/* SPDX-License-Identifier: MIT */
/* C7: the call waits for the slowest processor, however long its routine takes. */
#include "contract.h"

#define TURNS 3000

static volatile LONG Left;

static ULONG_PTR NTAPI Routine(ULONG_PTR Slow)
{
    if (ContractIndex() == Slow) {
        for (ULONG Turn = 0; Turn < TURNS; Turn++) {
            YieldProcessor();
        }
    }
    InterlockedIncrement(&Left);
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Slow = 0; Slow < Count; Slow++) {
        Left = 0;
        KeIpiGenericCall(Routine, Slow);
        CHECK_EQUAL(Left, Count);
        ContractAwait(&Left, (LONG)Count); /* nobody is left behind in code that goes away */
    }
    return CONTRACT_RESULT();
}
