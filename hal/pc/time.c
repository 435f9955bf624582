/* SPDX-License-Identifier: MIT */
/*
 * time.c: the time-stamp counter and delays, and the calibration of it and of
 * the local APIC's timer.
 *
 * Both are measured at once, over one interval of a counter of known rate.  A
 * reading of the three counters is not atomic: a hypervisor may take the
 * processor away in between.  So each end of the interval is the tightest of
 * several readings.
 */
#include "halp.h"

#define HALP_INTERVAL_PARTS 50 /* the interval is a 50th of a second */
#define HALP_SAMPLE_TRIES   8
#define HALP_DELAY_PORT     0x80 /* a read takes about a microsecond on the bus */

ULONG64 HalpCounterFrequency;
ULONG64 HalpTimerFrequency;

typedef struct _HALP_SAMPLE {
    ULONG64 Reference;
    ULONG64 Tsc;
    ULONG Timer;
} HALP_SAMPLE;

/* HalpTakeSample: read the three counters at the same time, as nearly as can be. */
static HALP_SAMPLE HalpTakeSample(const HALP_REFERENCE *Reference)
{
    HALP_SAMPLE best = { 0 };
    ULONG64 width = ~0ull;

    for (ULONG i = 0; i < HALP_SAMPLE_TRIES; i++) {
        HALP_SAMPLE sample;
        ULONG64 begin = HalpReadTsc();
        ULONG64 end;
        sample.Reference = Reference->Read();
        sample.Timer = HalpReadApic(HALP_APIC_CURRENT);
        end = HalpReadTsc();
        sample.Tsc = begin + (end - begin) / 2;
        if (end - begin < width) {
            width = end - begin;
            best = sample;
        }
    }
    return best;
}

/*
 * HalpCalibrate: measure the frequencies.
 *
 * => The local APIC's timer is left stopped.
 */
VOID HalpCalibrate(VOID)
{
    const HALP_REFERENCE *reference = HalpFindReference();
    HALP_SAMPLE begin, end;
    ULONG64 elapsed;

    if (!reference) {
        HalpFatal(HAL_INITIALIZATION_FAILED, 0, 0, 0, 0);
    }
    HalpEnableApic();
    HalpWriteApic(HALP_APIC_DIVIDE, HALP_DIVIDE_BY_1);
    HalpWriteApic(HALP_APIC_INITIAL, ~0u);
    begin = HalpTakeSample(reference);
    do {
        elapsed = (reference->Read() - begin.Reference) & reference->Mask;
    } while (elapsed < reference->Frequency / HALP_INTERVAL_PARTS);
    end = HalpTakeSample(reference);
    HalpWriteApic(HALP_APIC_INITIAL, 0);

    elapsed = (end.Reference - begin.Reference) & reference->Mask;
    HalpCounterFrequency = (end.Tsc - begin.Tsc) * reference->Frequency / elapsed;
    HalpTimerFrequency = (ULONG64)(begin.Timer - end.Timer) * reference->Frequency / elapsed;
    if (!HalpCounterFrequency || !HalpTimerFrequency) {
        HalpFatal(HAL_INITIALIZATION_FAILED, 1, HalpCounterFrequency, HalpTimerFrequency, elapsed);
    }
}

ULONG64 HALVERB HalReadCounter(VOID)
{
    /* lfence: not before the accesses that come before it in the program. */
    __asm__ volatile("lfence" : : : "memory");
    return HalpReadTsc();
}

ULONG64 HALVERB HalCounterFrequency(VOID)
{
    return HalpCounterFrequency;
}

/*
 * HalStall: busy-wait.
 *
 * There is no pause in the loop: a simulator or hypervisor would run other
 * processors meanwhile, and a delay is not a wait for one of them.
 */
VOID HALVERB HalStall(ULONG Microseconds)
{
    const ULONG64 begin = HalpReadTsc();
    /* In two parts, so that the longest delay does not overflow. */
    const ULONG64 ticks = HalpCounterFrequency / 1000000 * Microseconds +
                          HalpCounterFrequency % 1000000 * Microseconds / 1000000;

    if (!HalpCounterFrequency) {
        for (ULONG i = 0; i < Microseconds; i++) {
            HalpIn8(HALP_DELAY_PORT);
        }
        return;
    }
    while (HalpReadTsc() - begin < ticks) {
    }
}
