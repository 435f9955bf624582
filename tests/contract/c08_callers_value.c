/* SPDX-License-Identifier: MIT */
/* C8: the call returns what the routine returned on the calling processor, whichever that is. */
#include "contract.h"

static CONTRACT_WORK Works[256];

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    return Argument + ContractIndex();
}

static VOID CallHere(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    CHECK_EQUAL(KeIpiGenericCall(Routine, 0xFFFFFFFF00000000), 0xFFFFFFFF00000000 + ContractIndex());
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CallHere(NULL);
    for (ULONG Index = 0; Index < ContractProcessors(); Index++) {
        ContractStart(&Works[Index], Index, CallHere, NULL);
        ContractAwait(&Works[Index].Done, 1);
    }
    return CONTRACT_RESULT();
}
