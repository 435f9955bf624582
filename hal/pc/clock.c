/* SPDX-License-Identifier: MIT */
/*
 * clock.c: each processor's tick, from its local APIC's timer.
 *
 * The timer runs in class 15 (interrupt.c).  While a processor starts another
 * one it borrows its own timer for short deadlines: QEMU with -icount runs a
 * processor that was sent a start-up interrupt only at the next deadline.  The
 * time that the clock loses by that is kept as a debt and paid by a tick when
 * it amounts to one.
 */
#include "halp.h"

#define HALP_TICKS_PER_SECOND 64 /* 15.625 ms */
#define HALP_WAKES_PER_SECOND 10000

static ULONG64 HalpWakeBegin; /* counter when the timer was borrowed */

static ULONG HalpClockPeriod(VOID)
{
    return (ULONG)(HalpTimerFrequency / HALP_TICKS_PER_SECOND);
}

/* HalpStartTimer: start this processor's timer; stopped first: no old deadline, new vector. */
static VOID HalpStartTimer(ULONG Vector, ULONG Count)
{
    HalpWriteApic(HALP_APIC_INITIAL, 0);
    HalpWriteApic(HALP_APIC_DIVIDE, HALP_DIVIDE_BY_1);
    HalpWriteApic(HALP_APIC_LVT_TIMER, HALP_LVT_PERIODIC | Vector);
    HalpWriteApic(HALP_APIC_INITIAL, Count);
}

static VOID HalpStopTimer(VOID)
{
    HalpWriteApic(HALP_APIC_INITIAL, 0);
    HalpWriteApic(HALP_APIC_LVT_TIMER, HALP_LVT_MASKED | HALP_VECTOR_TIMER);
}

VOID HALVERB HalStartClock(VOID)
{
    ULONG64 flags = HalpDisableInterrupts();

    HalpProcessors[HalpCurrentIndex()].ClockRunning = TRUE;
    HalpStartTimer(HALP_VECTOR_TIMER, HalpClockPeriod());
    HalpRestoreInterrupts(flags);
}

VOID HALVERB HalStopClock(VOID)
{
    ULONG64 flags = HalpDisableInterrupts();

    HalpProcessors[HalpCurrentIndex()].ClockRunning = FALSE;
    HalpStopTimer();
    HalpRestoreInterrupts(flags);
}

ULONG HALVERB HalClockIncrement(VOID)
{
    return 10000000 / HALP_TICKS_PER_SECOND;
}

/*
 * HalpBeginWakeTimer: borrow this processor's timer.
 *
 * => The caller stays on this processor until HalpEndWakeTimer.
 */
VOID HalpBeginWakeTimer(VOID)
{
    HALP_PROCESSOR *self = &HalpProcessors[HalpCurrentIndex()];
    ULONG64 flags = HalpDisableInterrupts();

    if (self->ClockRunning) {
        self->TimerDebt += HalpClockPeriod() - HalpReadApic(HALP_APIC_CURRENT);
    }
    HalpWakeBegin = HalpReadTsc();
    HalpStartTimer(HALP_VECTOR_WAKE, (ULONG)(HalpTimerFrequency / HALP_WAKES_PER_SECOND));
    HalpRestoreInterrupts(flags);
}

/* HalpEndWakeTimer: give the timer back to the clock. */
VOID HalpEndWakeTimer(VOID)
{
    HALP_PROCESSOR *self = &HalpProcessors[HalpCurrentIndex()];
    ULONG64 flags = HalpDisableInterrupts();

    if (self->ClockRunning) {
        const ULONG period = HalpClockPeriod();
        ULONG64 microseconds = (HalpReadTsc() - HalpWakeBegin) / (HalpCounterFrequency / 1000000);
        ULONG64 debt = self->TimerDebt + microseconds * HalpTimerFrequency / 1000000;
        self->TimerDebt = (ULONG)(debt % period);
        HalpStartTimer(HALP_VECTOR_TIMER, period);
        /* Ticks of one vector coalesce: a long start costs the clock all but one. */
        if (debt >= period) {
            HalpSendSelf(HALP_VECTOR_TIMER);
        }
    } else {
        HalpStopTimer();
    }
    HalpRestoreInterrupts(flags);
}
