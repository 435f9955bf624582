/* SPDX-License-Identifier: MIT */
/* C6: a routine that meets a held lock, where waiters serve calls, does not run a second time inside itself. */
#include "contract.h"

#define ROUNDS 20

static KSPIN_LOCK Lock;
static volatile LONG Runs[256];

static ULONG_PTR NTAPI Routine(ULONG_PTR Round)
{
    ULONG Index = ContractIndex();

    Runs[Index]++;
    if (Runs[Index] == (LONG)Round) {
        CHECK(!KeTestSpinLock(&Lock));
        CHECK(!KeTryToAcquireSpinLockAtDpcLevel(&Lock));
    }
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Old);
    for (ULONG Round = 1; Round <= ROUNDS; Round++) {
        KeIpiGenericCall(Routine, Round);
        for (ULONG Index = 0; Index < Count; Index++) {
            CHECK_EQUAL(Runs[Index], Round);
        }
    }
    KeReleaseSpinLock(&Lock, Old);
    return CONTRACT_RESULT();
}
