/* SPDX-License-Identifier: MIT */
/* C5: the routines really run at once: a routine in which every processor waits for its neighbours finishes. */
#include "contract.h"

#define ROUNDS 20

static volatile LONG Here[256];

static ULONG_PTR NTAPI Routine(ULONG_PTR Round)
{
    ULONG Count = ContractProcessors();
    ULONG Index = ContractIndex();

    /* Pass a token back and forth: both neighbours must be inside at the same time, several times. */
    for (LONG Step = 1; Step <= 3; Step++) {
        InterlockedExchange(&Here[Index], (LONG)Round * 10 + Step);
        while (Here[(Index + 1) % Count] < (LONG)Round * 10 + Step ||
               Here[(Index + Count - 1) % Count] < (LONG)Round * 10 + Step) {
            YieldProcessor();
        }
    }
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 1; Round <= ROUNDS; Round++) {
        KeIpiGenericCall(Routine, Round);
    }
    return CONTRACT_RESULT();
}
