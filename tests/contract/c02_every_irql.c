/* SPDX-License-Identifier: MIT */
/* C2: PASSIVE, APC, DISPATCH and every DIRQL up to CLOCK are legal callers' levels, and are as before afterwards. */
#include "contract.h"

static volatile LONG Runs;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    CHECK_EQUAL(KeGetCurrentIrql(), IPI_LEVEL);
    InterlockedIncrement(&Runs);
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (KIRQL Irql = PASSIVE_LEVEL; Irql < IPI_LEVEL; Irql++) {
        Runs = 0;
        KeRaiseIrql(Irql, &Old);
        CHECK_EQUAL(KeIpiGenericCall(Routine, Irql), Irql);
        CHECK_EQUAL(KeGetCurrentIrql(), Irql);
        KeLowerIrql(Old);
        CHECK_EQUAL(Runs, ContractProcessors());
    }
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    return CONTRACT_RESULT();
}
