/* SPDX-License-Identifier: MIT */
/* A DPC of whatever importance wakes an idle processor at once: it does not wait for a tick. */
#include "contract.h"

#define ROUNDS 12

static KDPC Dpc;
static volatile LONG Ran;

static VOID NTAPI Run(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    InterlockedIncrement(&Ran);
}

/*
 * Each round but the first begins right after the one before has ended.  If DPCs came with the
 * tick, every such round would take a whole tick; so a single short one shows that they do not, and
 * a busy host, which makes rounds longer, does no harm.
 */
static LONG64 ShortestRound(KDPC_IMPORTANCE Importance, ULONG Index)
{
    LONG64 Shortest = MAXLONG;
    PROCESSOR_NUMBER Number;

    KeInitializeDpc(&Dpc, Run, NULL);
    KeSetImportanceDpc(&Dpc, Importance);
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Dpc, &Number), STATUS_SUCCESS);
    Ran = 0;
    for (LONG Round = 1; Round <= ROUNDS; Round++) {
        LONG64 Start = KeQueryPerformanceCounter(NULL).QuadPart, Took;

        CHECK(KeInsertQueueDpc(&Dpc, NULL, NULL));
        ContractAwait(&Ran, Round);
        Took = KeQueryPerformanceCounter(NULL).QuadPart - Start;
        if (Round > 1 && Took < Shortest) {
            Shortest = Took;
        }
        for (ULONG Turn = 0; Turn < 20; Turn++) { /* let it go idle again */
            YieldProcessor();
        }
    }
    return Shortest;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Frequency;
    LONG64 Tick;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeQueryPerformanceCounter(&Frequency);
    Tick = Frequency.QuadPart * KeQueryTimeIncrement() / 10000000;
    for (ULONG Index = 1; Index < ContractProcessors(); Index++) {
        CHECK(ShortestRound(LowImportance, Index) < Tick / 2);
        CHECK(ShortestRound(MediumImportance, Index) < Tick / 2);
        CHECK(ShortestRound(HighImportance, Index) < Tick / 2);
    }
    return CONTRACT_RESULT();
}
