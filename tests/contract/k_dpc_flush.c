/* SPDX-License-Identifier: MIT */
/*
 * KeFlushQueuedDpcs returns when every DPC that was queued before, on any processor, has run to
 * its end.
 */
#include "contract.h"

#define MAXIMUM 256

static KDPC Dpcs[MAXIMUM];
static volatile LONG Begun, Ended;

static VOID NTAPI Linger(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    InterlockedIncrement(&Begun);
    for (ULONG Turn = 0; Turn < 50; Turn++) {
        YieldProcessor();
    }
    InterlockedIncrement(&Ended);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const KDPC_IMPORTANCE Kinds[] = { LowImportance, MediumImportance, MediumHighImportance,
                                             HighImportance };
    ULONG Processors = ContractProcessors();
    PROCESSOR_NUMBER Number;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (LONG Round = 1; Round <= 40; Round++) {
        for (ULONG Index = 0; Index < Processors; Index++) {
            KeInitializeDpc(&Dpcs[Index], Linger, NULL);
            KeSetImportanceDpc(&Dpcs[Index], Kinds[Round % 4]);
            CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
            CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Dpcs[Index], &Number), STATUS_SUCCESS);
            CHECK(KeInsertQueueDpc(&Dpcs[Index], NULL, NULL));
        }
        KeFlushQueuedDpcs();
        CHECK_EQUAL(Ended, Round * (LONG)Processors);
        CHECK_EQUAL(Begun, Round * (LONG)Processors);
        CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    }
    return CONTRACT_RESULT();
}
