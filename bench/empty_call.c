/* SPDX-License-Identifier: MIT */
/*
 * empty_call.c: what a call costs whose routine does nothing.
 *
 * Measures in rounds of a few calls and reports the cheapest round, because a
 * clock tick in the middle of one is no part of the call.  `allcall bench` reads
 * the line that it prints:
 *
 *     empty-call processors=N calls=C tsc=T ticks=Q frequency=F all=A
 *
 * T: time-stamp counter, Q: performance counter (F per second), both for the C
 * calls of that counter's cheapest round.  A: calls in all rounds.
 */
#include <ntddk.h>

#define ROUNDS 24
#define CALLS  8

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static KIPI_BROADCAST_WORKER Nothing;

static ULONG_PTR NTAPI Nothing(ULONG_PTR Argument)
{
    return Argument;
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
}

/* Measure: one round. */
static VOID Measure(ULONG64 *Cycles, ULONG64 *Ticks)
{
    LARGE_INTEGER Before = KeQueryPerformanceCounter(NULL);
    ULONG64 Start = __rdtsc();

    for (ULONG Call = 0; Call < CALLS; Call++) {
        KeIpiGenericCall(Nothing, 0);
    }
    *Cycles = __rdtsc() - Start;
    *Ticks = (ULONG64)(KeQueryPerformanceCounter(NULL).QuadPart - Before.QuadPart);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    ULONG64 LeastCycles = MAXULONG64, LeastTicks = MAXULONG64;
    LARGE_INTEGER Frequency;

    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    KeQueryPerformanceCounter(&Frequency);
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        ULONG64 Cycles, Ticks;

        Measure(&Cycles, &Ticks);
        LeastCycles = Cycles < LeastCycles ? Cycles : LeastCycles;
        LeastTicks = Ticks < LeastTicks ? Ticks : LeastTicks;
    }
    DbgPrint("empty-call processors=%lu calls=%u tsc=%I64u ticks=%I64u frequency=%I64u all=%u\n",
             KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS), CALLS, LeastCycles, LeastTicks,
             (ULONG64)Frequency.QuadPart, ROUNDS * CALLS);
    return STATUS_SUCCESS;
}
