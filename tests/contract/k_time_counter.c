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

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Frequency, Start, End, Again;
    ULONG64 Time;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractRunOnAll(Works, Race, NULL);

    Time = KeQueryInterruptTime();
    Start = KeQueryPerformanceCounter(&Frequency);
    CHECK(Frequency.QuadPart >= 1000000);
    KeStallExecutionProcessor(200000);
    End = KeQueryPerformanceCounter(&Again);
    Time = KeQueryInterruptTime() - Time;
    CHECK_EQUAL(Again.QuadPart, Frequency.QuadPart);
    /* 200 ms, with two ticks of tolerance on the side of the clock. */
    End.QuadPart = (End.QuadPart - Start.QuadPart) * 10000000 / Frequency.QuadPart;
    CHECK(End.QuadPart >= 2000000);
    CHECK((LONG64)Time >= End.QuadPart - 2 * (LONG64)KeQueryTimeIncrement());
    CHECK((LONG64)Time <= End.QuadPart + 2 * (LONG64)KeQueryTimeIncrement());
    return CONTRACT_RESULT();
}
