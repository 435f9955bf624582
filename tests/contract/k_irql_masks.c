/* SPDX-License-Identifier: MIT */
/* The clock ticks below CLOCK_LEVEL, not at it or above, and no time is lost that way. */
#include "contract.h"

static LONG64 Ticks(VOID)
{
    LARGE_INTEGER Count;

    KeQueryTickCount(&Count);
    return Count.QuadPart;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Five = 5 * KeQueryTimeIncrement() / 10; /* five ticks in microseconds */
    LONG64 Before, Start;
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(ContractIndex(), 0); /* the processor whose tick moves the clocks */
    Start = Ticks();
    for (KIRQL Irql = PASSIVE_LEVEL; Irql <= HIGH_LEVEL; Irql++) {
        KeRaiseIrql(Irql, &Old);
        Before = Ticks();
        KeStallExecutionProcessor(Five);
        if (Irql < CLOCK_LEVEL) {
            /* A busy host may be late with it. */
            for (ULONG Turn = 0; Turn < 100 && Ticks() == Before; Turn++) {
                KeStallExecutionProcessor(Five);
            }
            CHECK(Ticks() > Before);
        } else {
            CHECK_EQUAL(Ticks(), Before);
        }
        KeLowerIrql(Old);
    }
    Before = Ticks();
    while (Ticks() == Before) {
        YieldProcessor();
    }
    CHECK(Ticks() - Start >= 16 * 5 - 1);
    return CONTRACT_RESULT();
}
