/* SPDX-License-Identifier: MIT */
/*
 * KeGenericCallDpc runs its routine on every processor at once at DISPATCH_LEVEL, lets all meet
 * as often as they like, one of them being told so, and returns when all are done.
 */
#include "contract.h"

/* No header declares these; public drivers do. */
NTKERNELAPI VOID NTAPI KeGenericCallDpc(PKDEFERRED_ROUTINE Routine, PVOID Context);
NTKERNELAPI VOID NTAPI KeSignalCallDpcDone(PVOID SystemArgument1);
NTKERNELAPI LOGICAL NTAPI KeSignalCallDpcSynchronize(PVOID SystemArgument2);

#define MEETINGS 3

static volatile LONG Came[MEETINGS], Chosen[MEETINGS], Ended;

static VOID NTAPI Routine(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    LONG Processors = (LONG)ContractProcessors();

    UNREFERENCED_PARAMETER(Dpc);
    CHECK(Context == (PVOID)0x1234);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    for (ULONG Meeting = 0; Meeting < MEETINGS; Meeting++) {
        InterlockedIncrement(&Came[Meeting]);
        if (KeSignalCallDpcSynchronize(Argument2)) {
            InterlockedIncrement(&Chosen[Meeting]);
        }
        CHECK_EQUAL(Came[Meeting], Processors);
    }
    InterlockedIncrement(&Ended);
    KeSignalCallDpcDone(Argument1);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 0; Round < 20; Round++) {
        RtlZeroMemory((PVOID)Came, sizeof(Came));
        RtlZeroMemory((PVOID)Chosen, sizeof(Chosen));
        Ended = 0;
        KeGenericCallDpc(Routine, (PVOID)0x1234);
        CHECK_EQUAL(Ended, ContractProcessors());
        for (ULONG Meeting = 0; Meeting < MEETINGS; Meeting++) {
            CHECK_EQUAL(Chosen[Meeting], 1);
        }
    }
    return CONTRACT_RESULT();
}
