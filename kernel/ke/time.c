/* SPDX-License-Identifier: MIT */
/*
 * time.c: the clocks that drivers read, and KUSER_SHARED_DATA, where headers
 * read some of them inline.
 *
 * All of them come from the machine's counter: interrupt time is the counter
 * since the start in 100 ns, system time is that plus the real time of the
 * start, the tick count is that in ticks.  So a tick that comes late, or
 * several that come as one, lose no time.  The plain clocks move at processor
 * 0's tick only; the precise ones read the counter.
 *
 * The page at 0xFFFFF78000000000 is read-only, as on today's Windows; only
 * processor 0's tick writes to it, through another mapping.  A time of three
 * words is written High2Time first and then LowPart and High1Time in one
 * 64-bit store: a reader may take that pair in one load, or read High1Time,
 * LowPart and High2Time and try again while the two high words differ.
 */
#include "ki.h"

#define KI_SHARED_DATA_ADDRESS ((PVOID)0xFFFFF78000000000ull)
#define KI_TICKS_PER_SECOND    10000000ull /* units of 100 ns */

#undef KeQueryPerformanceCounter
#undef KeQuerySystemTimePrecise

C_ASSERT(FIELD_OFFSET(KUSER_SHARED_DATA, InterruptTime) == 0x08);
C_ASSERT(FIELD_OFFSET(KUSER_SHARED_DATA, SystemTime) == 0x14);
C_ASSERT(FIELD_OFFSET(KUSER_SHARED_DATA, NtSystemRoot) == 0x30);
C_ASSERT(FIELD_OFFSET(KUSER_SHARED_DATA, NtMajorVersion) == 0x26C);
C_ASSERT(FIELD_OFFSET(KUSER_SHARED_DATA, ProcessorFeatures) == 0x274);
C_ASSERT(FIELD_OFFSET(KUSER_SHARED_DATA, TickCount) == 0x320);

/* Beyond what mingw-w64's declaration has under these names. */
#define KI_SHARED_BUILD_NUMBER 0x260

KUSER_SHARED_DATA *KiSharedData;

static ULONG64 KiStartCounter;
static ULONG64 KiStartSystemTime;

/* KiScaleCounter: a number of counts in 100 ns. */
static ULONG64 KiScaleCounter(ULONG64 Counts)
{
    ULONG64 Frequency = HalCounterFrequency();

    return Counts / Frequency * KI_TICKS_PER_SECOND +
           Counts % Frequency * KI_TICKS_PER_SECOND / Frequency;
}

ULONG64 KiPreciseInterruptTime(VOID)
{
    return KiScaleCounter(HalReadCounter() - KiStartCounter);
}

ULONG64 KiStartTime(VOID)
{
    return KiStartSystemTime;
}

/* KiSystemTimeToInterruptTime: => 0 for a time before the start. */
ULONG64 KiSystemTimeToInterruptTime(ULONG64 SystemTime)
{
    return SystemTime > KiStartSystemTime ? SystemTime - KiStartSystemTime : 0;
}

/* KiWriteTime: publish a time in the shared page, see above. */
static VOID KiWriteTime(volatile KSYSTEM_TIME *Time, ULONG64 Value)
{
    KiStoreRelaxed(&Time->High2Time, (LONG)(Value >> 32));
    /* Not aligned, but within one cache line: one access.  Read by KiReadTime, and in drivers. */
    KiStoreRelease((ULONG64 *)&Time->LowPart, Value);
}

static ULONG64 KiReadTime(const volatile KSYSTEM_TIME *Time)
{
    return KiLoadAcquire((const ULONG64 *)&Time->LowPart); /* stored by KiWriteTime */
}

/* KiUpdateTimes: move the clocks of the shared page.  Processor 0 only. */
static VOID KiUpdateTimes(VOID)
{
    ULONG64 Now = KiPreciseInterruptTime();
    ULONG64 Ticks = Now / HalClockIncrement();

    KiWriteTime(&KiSharedData->InterruptTime, Now);
    KiWriteTime(&KiSharedData->SystemTime, KiStartSystemTime + Now);
    KiWriteTime(&KiSharedData->TickCount, Ticks);
    KiStoreRelaxed(&KiSharedData->TickCountLowDeprecated, (ULONG)Ticks);
}

/* KiDescribeSystem: the fields of the shared page that do not change. */
static VOID KiDescribeSystem(VOID)
{
    static const WCHAR Root[] = L"C:\\Windows";
    KUSER_SHARED_DATA *Data = KiSharedData;

    /* Ticks to milliseconds, times 2^24. */
    Data->TickCountMultiplier = (ULONG)(((ULONG64)HalClockIncrement() << 24) / 10000);
    RtlCopyMemory(Data->NtSystemRoot, Root, sizeof(Root));
    Data->ImageNumberLow = IMAGE_FILE_MACHINE_AMD64;
    Data->ImageNumberHigh = IMAGE_FILE_MACHINE_AMD64;
    Data->NtMajorVersion = 10;
    Data->NtMinorVersion = 0;
    *(ULONG *)((PUCHAR)Data + KI_SHARED_BUILD_NUMBER) = 19045; /* as RtlGetVersion */
    Data->NtProductType = NtProductWinNt;
    Data->ProductTypeIsValid = TRUE;
    /* What every x64 processor has. */
    Data->ProcessorFeatures[PF_COMPARE_EXCHANGE_DOUBLE] = TRUE;
    Data->ProcessorFeatures[PF_MMX_INSTRUCTIONS_AVAILABLE] = TRUE;
    Data->ProcessorFeatures[PF_XMMI_INSTRUCTIONS_AVAILABLE] = TRUE;
    Data->ProcessorFeatures[PF_XMMI64_INSTRUCTIONS_AVAILABLE] = TRUE;
    Data->ProcessorFeatures[PF_RDTSC_INSTRUCTION_AVAILABLE] = TRUE;
    Data->ProcessorFeatures[PF_PAE_ENABLED] = TRUE;
    Data->ProcessorFeatures[PF_NX_ENABLED] = TRUE;
}

/*
 * KiInitializeTime: start the clocks and map the shared page.
 *
 * => Boot processor, after MmInitSystem and HalInitializeSystem.
 */
VOID KiInitializeTime(VOID)
{
    ULONG64 Physical;
    PVOID Page = MmAllocateSystemMemory(PAGE_SIZE);

    if (Page == NULL || !HalQueryPage(Page, &Physical, NULL) ||
        !NT_SUCCESS(HalMapPages(KI_SHARED_DATA_ADDRESS, Physical, 1, HAL_PAGE_READ))) {
        KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 3, 0, 0, 0);
    }
    KiStartCounter = HalReadCounter();
    KiStartSystemTime = HalQueryRealTime();
    KiSharedData = Page;
    KiDescribeSystem();
    KiUpdateTimes();
}

/* KiClockInterrupt: the clock's tick.  CLOCK_LEVEL, every processor. */
VOID NTAPI KiClockInterrupt(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();

    if (Prcb->ClockOwner) {
        KiUpdateTimes();
        KiTickTimers(Prcb);
    }
    KiRequestDeferredDpcs(Prcb);
    KiQuantumTick(Prcb);
}

/* KeQueryTimeIncrement: return the time between two ticks in 100 ns; any IRQL. */
ULONG NTAPI KeQueryTimeIncrement(VOID)
{
    return HalClockIncrement();
}

/*
 * KeQuerySystemTime: return the time since 1601-01-01 UTC in 100 ns, as of the last tick.
 *
 * => Any IRQL.
 * => Reference: "KeQuerySystemTime function (wdm.h)".
 */
VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = (LONGLONG)KiReadTime(&KiSharedData->SystemTime);
}

/* KeQuerySystemTimePrecise: the same, as of now.  "KeQuerySystemTimePrecise function (wdm.h)". */
VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = (LONGLONG)(KiStartSystemTime + KiPreciseInterruptTime());
}

/*
 * KeQueryInterruptTime: return the time since the start in 100 ns, as of the last tick.
 *
 * => Any IRQL.
 * => Reference: "KeQueryInterruptTime function (wdm.h)".
 */
ULONGLONG NTAPI KeQueryInterruptTime(VOID)
{
    return KiReadTime(&KiSharedData->InterruptTime);
}

/*
 * KeQueryInterruptTimePrecise: the same, as of now, and the performance counter of that moment.
 *
 * => Any IRQL.
 * => Reference: "KeQueryInterruptTimePrecise function (wdm.h)".
 */
ULONG64 NTAPI KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    ULONG64 Counter = HalReadCounter();

    *QpcTimeStamp = Counter;
    return KiScaleCounter(Counter - KiStartCounter);
}

/* KeQueryUnbiasedInterruptTime: interrupt time but for time asleep: this system never sleeps. */
ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(VOID)
{
    return KiReadTime(&KiSharedData->InterruptTime);
}

/* KeQueryUnbiasedInterruptTimePrecise: see KeQueryInterruptTimePrecise. */
ULONG64 NTAPI KeQueryUnbiasedInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    return KeQueryInterruptTimePrecise(QpcTimeStamp);
}

/*
 * KeQueryTickCount: return the number of ticks since the start.
 *
 * => Any IRQL.
 * => Reference: "KeQueryTickCount macro (wdm.h)".
 */
VOID NTAPI KeQueryTickCount(PLARGE_INTEGER TickCount)
{
    TickCount->QuadPart = (LONGLONG)KiReadTime(&KiSharedData->TickCount);
}

/*
 * KeQueryPerformanceCounter: return the machine's counter, and its rate in Hz.
 *
 * => Any IRQL.
 * => Reference: "KeQueryPerformanceCounter function (wdm.h)".
 */
LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    LARGE_INTEGER Counter;

    if (PerformanceFrequency != NULL) {
        PerformanceFrequency->QuadPart = (LONGLONG)HalCounterFrequency();
    }
    Counter.QuadPart = (LONGLONG)HalReadCounter();
    return Counter;
}

/*
 * KeStallExecutionProcessor: wait, busy.
 *
 * => Any IRQL.
 * => Reference: "KeStallExecutionProcessor function (wdm.h)".
 */
VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds)
{
    HalStall(MicroSeconds);
}
