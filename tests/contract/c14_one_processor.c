/* SPDX-License-Identifier: MIT */
/* C14: on one processor the routine runs once at IPI_LEVEL, in the caller itself: no interrupt frame lies between. */
#include "contract.h"

static ULONG Runs;
static PUCHAR StackInRoutine;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    UCHAR Here;

    StackInRoutine = &Here;
    CHECK_EQUAL(KeGetCurrentIrql(), IPI_LEVEL);
    Runs++;
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UCHAR Here;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(ContractProcessors(), 1);
    for (ULONG Round = 1; Round <= 1000; Round++) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, Round), Round);
        CHECK_EQUAL(Runs, Round);
        CHECK(StackInRoutine < &Here && &Here - StackInRoutine < 1024);
    }
    return CONTRACT_RESULT();
}
