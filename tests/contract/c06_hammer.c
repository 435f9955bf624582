/* SPDX-License-Identifier: MIT */
/*
 * C6, C7, C8: 100,000 calls (10,000 at more than 4 processors) lose no routine, run none twice,
 * and end.
 */
#include "contract.h"

#define MAXIMUM 256

typedef struct DECLSPEC_ALIGN(64) _SLOT {
    volatile LONG Ran;
    volatile LONG Wrong;
} SLOT;

static SLOT Slots[MAXIMUM];

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    SLOT *Slot = &Slots[ContractIndex()];

    if (Slot->Ran++ != (LONG)Argument) {
        Slot->Wrong++;
    }
    return Argument ^ 0x5555;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    LONG Calls = Count <= 4 ? 100000 : 10000;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (LONG Call = 0; Call < Calls; Call++) {
        ULONG_PTR Result = KeIpiGenericCall(Routine, (ULONG_PTR)Call);

        CHECK_EQUAL(Result, (ULONG_PTR)Call ^ 0x5555);
    }
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK_EQUAL(Slots[Index].Ran, Calls);
        CHECK_EQUAL(Slots[Index].Wrong, 0);
    }
    return CONTRACT_RESULT();
}
