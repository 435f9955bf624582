/* SPDX-License-Identifier: MIT */
/* A1: what a routine may use works in it: ports, counters, stalls, MSRs, control registers, cpuid, DPCs, a print. */
#include "contract.h"
#include <intrin.h>

static KDPC Dpcs[256];
static volatile LONG DpcRuns;
static volatile LONG Runs;

static VOID NTAPI DpcRoutine(PKDPC Dpc, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    CHECK_EQUAL((ULONG_PTR)A1, 11);
    CHECK_EQUAL((ULONG_PTR)A2, 12);
    InterlockedIncrement(&DpcRuns);
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    ULONG Index = ContractIndex();
    LARGE_INTEGER Frequency, Before, After;
    int Cpuid[4];

    UNREFERENCED_PARAMETER(Argument);
    Before = KeQueryPerformanceCounter(&Frequency);
    KeStallExecutionProcessor(20);
    After = KeQueryPerformanceCounter(NULL);
    CHECK(Frequency.QuadPart > 0);
    CHECK((After.QuadPart - Before.QuadPart) * 1000000 >= 20 * Frequency.QuadPart);

    WRITE_PORT_UCHAR((PUCHAR)0x80, (UCHAR)Index); /* the POST code port takes anything */
    CHECK((__readmsr(0x1B) & 0x800) != 0);        /* IA32_APIC_BASE: enabled */
    CHECK_EQUAL(__readmsr(0xC0000101), __readgsqword(0x18)); /* GS base is the KPCR, whose Self says so */
    CHECK((__readcr0() & 0x80010001) == 0x80010001); /* paging, write protection, protected mode */
    __cpuid(Cpuid, 0);
    CHECK(Cpuid[0] > 0);
    CHECK(KeInsertQueueDpc(&Dpcs[Index], (PVOID)11, (PVOID)12));
    CHECK(!KeInsertQueueDpc(&Dpcs[Index], (PVOID)13, (PVOID)14)); /* it is queued already */
    DbgPrint("processor %u says %s\n", Index, "hello");
    InterlockedIncrement(&Runs);
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    PROCESSOR_NUMBER Number;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index < Count; Index++) {
        KeInitializeDpc(&Dpcs[Index], DpcRoutine, NULL);
        KeGetProcessorNumberFromIndex(Index, &Number);
        KeSetTargetProcessorDpcEx(&Dpcs[Index], &Number);
    }
    KeIpiGenericCall(Routine, 0);
    CHECK_EQUAL(Runs, Count);
    ContractAwait(&DpcRuns, (LONG)Count);
    return CONTRACT_RESULT();
}
