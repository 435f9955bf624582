/* SPDX-License-Identifier: MIT */
/*
 * KeStallExecutionProcessor waits at least the time asked for, at every IRQL, with interrupts
 * off, and in a call's routine on every processor.
 */
#include "contract.h"

static LONG64 Frequency;

static VOID StallFor(ULONG MicroSeconds)
{
    LONG64 Start = KeQueryPerformanceCounter(NULL).QuadPart;

    KeStallExecutionProcessor(MicroSeconds);
    Start = KeQueryPerformanceCounter(NULL).QuadPart - Start;
    CHECK(Start >= (LONG64)MicroSeconds * Frequency / 1000000);
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    StallFor(50);
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const ULONG Times[] = { 0, 1, 10, 50, 1000 };
    LARGE_INTEGER Rate;
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeQueryPerformanceCounter(&Rate);
    Frequency = Rate.QuadPart;
    for (KIRQL Irql = PASSIVE_LEVEL; Irql <= HIGH_LEVEL; Irql++) {
        KeRaiseIrql(Irql, &Old);
        for (ULONG Index = 0; Index < RTL_NUMBER_OF(Times); Index++) {
            StallFor(Times[Index]);
        }
        KeLowerIrql(Old);
    }
    _disable();
    StallFor(1000);
    _enable();
    KeIpiGenericCall(Routine, 0);
    return CONTRACT_RESULT();
}
