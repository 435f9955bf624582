/* SPDX-License-Identifier: MIT */
/*
 * KeQueryPerformanceCounter never goes back, on one processor or from one to another, and keeps
 * the pace of the clocks.
 */
#include "contract.h"

#define ROUNDS  3000
#define MAXIMUM 256

static CONTRACT_WORK Works[MAXIMUM];
static volatile LONG64 Latest; /* the greatest value that anybody has published */

static VOID Race(PVOID Context)
{
    LONG64 Mine = 0;

    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        LONG64 Before = Latest;
        LONG64 Now = KeQueryPerformanceCounter(NULL).QuadPart;

        CHECK(Now >= Before);
        CHECK(Now >= Mine);
        Mine = Now;
        while (Now > Before) {
            LONG64 Seen = InterlockedCompareExchange64(&Latest, Now, Before);

            if (Seen == Before) {
                break;
            }
            Before = Seen;
        }
        if (Round % 64 == 0) {
            YieldProcessor();
        }
    }
}

/* The clock moves at ticks, which a busy host delays; but it never runs ahead, and it catches up.
 */
static VOID ComparePace(VOID)
{
    LARGE_INTEGER Frequency, Again;
    LONG64 Tick, Start, Elapsed, Patience;
    LONG64 Time = (LONG64)KeQueryInterruptTime();

    Start = KeQueryPerformanceCounter(&Frequency).QuadPart;
    Tick = Frequency.QuadPart * KeQueryTimeIncrement() / 10000000;
    CHECK(Frequency.QuadPart >= 1000000);
    KeStallExecutionProcessor(200000);
    Elapsed = KeQueryPerformanceCounter(&Again).QuadPart - Start;
    CHECK_EQUAL(Again.QuadPart, Frequency.QuadPart);
    CHECK(Elapsed >= Frequency.QuadPart / 5);
    Patience = Start + 10 * Frequency.QuadPart;
    for (;;) {
        LONG64 Passed = (LONG64)KeQueryInterruptTime() - Time;
        LONG64 Now = KeQueryPerformanceCounter(NULL).QuadPart;

        Passed = Passed * Frequency.QuadPart / 10000000;
        CHECK(Passed <= Now - Start + Tick + Tick);
        if (Passed >= Elapsed || Now > Patience) {
            CHECK(Passed >= Elapsed);
            return;
        }
        YieldProcessor();
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractRunOnAll(Works, Race, NULL);
    ComparePace();
    return CONTRACT_RESULT();
}
