/* SPDX-License-Identifier: MIT */
/*
 * The clocks that headers read inline in KUSER_SHARED_DATA and those that routines return are
 * the same: they advance, agree, and the system time is one of these years.
 */
#include "contract.h"

#define IMPORT(Result, Name, ...)                                                                  \
    __declspec(dllimport) Result NTAPI Imported##Name(__VA_ARGS__) __asm__(#Name)

IMPORT(VOID, KeQueryTickCount, PLARGE_INTEGER);
IMPORT(VOID, KeQuerySystemTime, PLARGE_INTEGER);
IMPORT(ULONGLONG, KeQueryInterruptTime, VOID);
IMPORT(VOID, KeQuerySystemTimePrecise, PLARGE_INTEGER);
IMPORT(ULONG64, KeQueryInterruptTimePrecise, PULONG64);
IMPORT(ULONGLONG, KeQueryUnbiasedInterruptTime, VOID);

#define SHARED(Type, Offset) (*(volatile Type *)(0xFFFFF78000000000ull + (Offset)))

typedef struct _TIMES {
    LONG64 Tick, System, Interrupt;
} TIMES;

static TIMES Inline(VOID)
{
    LARGE_INTEGER Tick, System;
    TIMES Times;

    KeQueryTickCount(&Tick);
    KeQuerySystemTime(&System);
    Times.Tick = Tick.QuadPart;
    Times.System = System.QuadPart;
    Times.Interrupt = (LONG64)SHARED(ULONG64, 0x08);
    return Times;
}

static TIMES Imported(VOID)
{
    LARGE_INTEGER Tick, System;
    TIMES Times;

    ImportedKeQueryTickCount(&Tick);
    ImportedKeQuerySystemTime(&System);
    Times.Tick = Tick.QuadPart;
    Times.System = System.QuadPart;
    Times.Interrupt = (LONG64)ImportedKeQueryInterruptTime();
    return Times;
}

static VOID CheckOrder(const TIMES *Earlier, const TIMES *Later)
{
    CHECK(Later->Tick >= Earlier->Tick);
    CHECK(Later->System >= Earlier->System);
    CHECK(Later->Interrupt >= Earlier->Interrupt);
}

/* The three agree at one tick: nothing changes at CLOCK_LEVEL on the processor that keeps the time.
 */
static VOID TestAgreement(VOID)
{
    TIMES First, Second;
    KIRQL Old;

    KeRaiseIrql(CLOCK_LEVEL, &Old);
    First = Inline();
    Second = Imported();
    CHECK_EQUAL(First.Tick, Second.Tick);
    CHECK_EQUAL(First.System, Second.System);
    CHECK_EQUAL(First.Interrupt, Second.Interrupt);
    CHECK_EQUAL(ImportedKeQueryUnbiasedInterruptTime(), Second.Interrupt);
    CHECK_EQUAL(SHARED(ULONG, 0x320), (ULONG)First.Tick);
    CHECK_EQUAL((ULONG64)First.Interrupt / KeQueryTimeIncrement(), (ULONG64)First.Tick);
    CHECK_EQUAL(SHARED(LONG, 0x0C), SHARED(LONG, 0x10)); /* High1Time and High2Time */
    CHECK_EQUAL(SHARED(LONG, 0x18), SHARED(LONG, 0x1C));
    KeLowerIrql(Old);
}

static VOID TestPrecise(VOID)
{
    LARGE_INTEGER System;
    ULONG64 Counter, Interrupt;
    TIMES Before = Inline();

    Interrupt = ImportedKeQueryInterruptTimePrecise(&Counter);
    ImportedKeQuerySystemTimePrecise(&System);
    CHECK((LONG64)Interrupt >= Before.Interrupt);
    CHECK(System.QuadPart >= Before.System);
    CHECK(System.QuadPart - Before.System < 600000000); /* the last tick is not a minute ago */
    CHECK((LONG64)Counter <= KeQueryPerformanceCounter(NULL).QuadPart);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    TIMES Last = Inline(), Now = Last;
    LARGE_INTEGER Time;
    TIME_FIELDS Fields;
    LONG Changes = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    while (Changes < 20) {
        TIMES By;

        YieldProcessor();
        Now = Inline();
        By = Imported();
        CheckOrder(&Last, &Now);
        CheckOrder(&Now, &By);
        Changes += Now.Tick != Last.Tick;
        Last = Now;
    }
    TestAgreement();
    TestPrecise();
    Time.QuadPart = Now.System;
    RtlTimeToTimeFields(&Time, &Fields);
    CHECK(Fields.Year >= 2024 && Fields.Year < 2200);
    CHECK(KeQueryTimeIncrement() >= 5000 && KeQueryTimeIncrement() <= 160000);
    return CONTRACT_RESULT();
}
