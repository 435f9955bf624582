/* SPDX-License-Identifier: MIT */
/*
 * Lines that all processors print at once, in a call's routine, in the DPCs that it interrupts
 * and at PASSIVE_LEVEL, are whole, none is lost, and each processor's are in order.
 */
#include "contract.h"
#include "lines.h"

#define CALLS 12
#define LINES                                                                                      \
    5000 /* of all DPCs together: longer than what QEMU lets one processor run at a time */

static CONTRACT_WORK Works[CONTRACT_LINES_MAXIMUM];
static volatile LONG Finished;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    ContractPrintLine();
    return Argument;
}

/* Prints as an interruptible DPC, while processor 0's calls come in between. */
static VOID Print(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Line = 0; Line < LINES / ContractProcessors(); Line++) {
        ContractPrintLine();
    }
    InterlockedIncrement(&Finished);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LONG Others = (LONG)ContractProcessors() - 1;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (LONG Index = 1; Index <= Others; Index++) {
        ContractStart(&Works[Index], (ULONG)Index, Print, NULL);
    }
    for (ULONG Call = 0; Call < CALLS; Call++) {
        KeIpiGenericCall(Routine, 0);
    }
    Print(NULL);
    ContractAwait(&Finished, Others + 1);
    ContractPrintTotal();
    return CONTRACT_RESULT();
}
