/* SPDX-License-Identifier: MIT */
/*
 * watchdog.c: a call that does not end is reported, never a silent hang (C18).
 *
 * A stuck call can hold every processor at IPI_LEVEL, so the watchdog is the
 * machine's tick in class 15, which nothing but a cleared interrupt flag stops.
 * Every processor watches by itself: its tick remembers which call is pending
 * and for how many of its own ticks it has been.  Own ticks, not time: while a
 * debugger holds the machine no tick is counted.  It reads the words of ipi.c
 * and writes none of them, and a call that is not pending at a tick costs
 * nothing.
 *
 * The first processor whose count reaches the limit decides: if a processor
 * that is not done takes no ticks any more, it has interrupts off and the
 * report is CLOCK_WATCHDOG_TIMEOUT naming it, else IPI_WATCHDOG_TIMEOUT; the
 * report lists every processor with its phase and place either way.  If all
 * have interrupts off, no tick is left to decide: the tool sees processor 0's
 * heartbeat stop and sends an NMI.
 */
#include "ki.h"

#define KI_CLOCK_WATCHDOG_TIMEOUT 0x101
#define KI_IPI_WATCHDOG_TIMEOUT   0x1DB

#define KI_HEARTBEATS_MISSED 2 /* before that the tool sends no NMI */

/* The processor that decides, + 1; 0 = none yet. */
static ULONG KiWatchdogOwner;

/* Of processor 0, read by KiMayBeToolsNmi: when its last heartbeat was, and how long before it the one before. */
static ULONG64 KiHeartbeatTime;
static ULONG64 KiHeartbeatPause;

/* KiTicks: how many ticks make so many seconds. */
static ULONG KiTicks(ULONG Seconds)
{
    return (ULONG)(Seconds * 10000000ull / HalClockIncrement());
}

/*
 * KiStartTicks: start this processor's tick; from here on it counts as silent if none comes.
 *  => After HalInitializeProcessor, interrupts off.
 */
VOID KiStartTicks(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();

    Prcb->TickTime = HalReadCounter();
    if (Prcb->Number == 0) {
        KiStoreRelaxed(&KiHeartbeatTime, Prcb->TickTime); /* read by KiMayBeToolsNmi */
    }
    HalStartClock();
}

/* KiStopTick: the routine of KiStopOtherTicks. */
static ULONG_PTR NTAPI KiStopTick(ULONG_PTR Except)
{
    PKPRCB Prcb = KiCurrentPrcb();

    if (Prcb->Number != Except) {
        HalStopClock();
        Prcb->TickTime = 0;
    }
    return 0;
}

/*
 * KiStopOtherTicks: leave the machine to this processor, which has a long report to send: an
 * emulator may take as long for the ticks of 255 idle processors.
 *  => Processor 0, whose tick is the clock and the heartbeat, after the drivers' last turn.
 *     IRQL < IPI_LEVEL.
 */
VOID KiStopOtherTicks(VOID)
{
    KiRunEverywhere(KiStopTick, KiCurrentPrcb()->Number);
}

/* KiHeartbeat: tell the tool about once a second that ticks go on. */
static VOID KiHeartbeat(PKPRCB Prcb)
{
    RECORD_HEARTBEAT Record;

    if (Prcb->Number == 0 && Prcb->Ticks % KiTicks(1) == 0) {
        KiStoreRelaxed(&KiHeartbeatPause, Prcb->TickTime - KiHeartbeatTime);
        KiStoreRelaxed(&KiHeartbeatTime, Prcb->TickTime);
        Record.Counter = Prcb->TickTime;
        KdReport(RecordHeartbeat, &Record, sizeof(Record), NULL, 0);
    }
}

/* KiIsSuspect: has a processor, which should tick, not done its part of the call? */
static BOOLEAN KiIsSuspect(const KI_CALL_STATE *State, PKPRCB Prcb)
{
    RECORD_PHASE Phase = KiQueryCallPhase(State, Prcb);

    return Prcb->TickTime != 0 &&
           (Phase == RecordPhaseNotArrived || Phase == RecordPhaseInRoutine);
}

/*
 * KiFindSilentProcessor: a processor that has not done its part of the call and takes no ticks.
 *  => Waits three ticks' time, itself in a tick: its caller is the only one that decides.
 */
static PKPRCB KiFindSilentProcessor(const KI_CALL_STATE *State, PKPRCB Self)
{
    ULONG Count = KiActiveSet.Count;

    for (ULONG Index = 0; Index < Count; Index++) {
        PKPRCB Prcb = KiProcessorBlock[Index];

        Prcb->SeenTicks = KiLoadRelaxed(&Prcb->Ticks); /* stored by its tick */
    }
    HalStall(3 * HalClockIncrement() / 10);
    for (ULONG Index = 0; Index < Count; Index++) {
        PKPRCB Prcb = KiProcessorBlock[Index];

        if (Prcb != Self && KiIsSuspect(State, Prcb) &&
            KiLoadRelaxed(&Prcb->Ticks) == Prcb->SeenTicks) {
            return Prcb;
        }
    }
    return NULL;
}

/*
 * KiWatchdogTimeout: the pending call has had its time.
 *  => Returns if another processor decides, or if the call has ended meanwhile after all.
 */
static VOID KiWatchdogTimeout(const KI_CALL_STATE *State, PKPRCB Prcb, PHAL_TRAP_FRAME Frame)
{
    ULONG64 Now = HalReadCounter();
    KI_CALL_STATE Latest;
    ULONG Free = 0;
    PKPRCB Silent;

    if (!KiCompareExchange(&KiWatchdogOwner, &Free, Prcb->Number + 1)) {
        return;
    }
    Silent = KiFindSilentProcessor(State, Prcb);
    KiQueryCall(&Latest);
    if (!Latest.Pending || Latest.Call != State->Call) {
        KiStoreRelease(&KiWatchdogOwner, 0); /* taken by the next one */
        return;
    }
    if (Silent != NULL) {
        KiBugCheck(KI_CLOCK_WATCHDOG_TIMEOUT, KiTicks(KiOptions.Watchdog), 0, (ULONG_PTR)Silent,
                   Silent->Number, Frame->Rip, Frame);
    }
    KiBugCheck(KI_IPI_WATCHDOG_TIMEOUT, HalCounterFrequency(), Now,
               Now - KiOptions.Watchdog * HalCounterFrequency(), 0, Frame->Rip, Frame);
}

/* KiWatchdogInterrupt: the tick, in class 15.  HIGH_LEVEL, interrupts off. */
VOID NTAPI KiWatchdogInterrupt(PHAL_TRAP_FRAME Frame)
{
    PKPRCB Prcb = KiCurrentPrcb();
    KI_CALL_STATE State;

    KiStoreRelaxed(&Prcb->Ticks, Prcb->Ticks + 1); /* read by KiFindSilentProcessor */
    Prcb->TickRip = Frame->Rip;
    Prcb->TickTime = HalReadCounter();
    KiHeartbeat(Prcb);

    KiQueryCall(&State);
    if (!State.Pending || State.Call != Prcb->WatchedCall) {
        Prcb->WatchedCall = State.Call;
        Prcb->WatchedTicks = 0;
    } else if (++Prcb->WatchedTicks >= KiTicks(KiOptions.Watchdog)) {
        KiWatchdogTimeout(&State, Prcb, Frame);
    }
}

/* KiIsTickLate: has a processor that should tick not ticked for more than a second? */
static BOOLEAN KiIsTickLate(PKPRCB Prcb, ULONG64 Now)
{
    ULONG64 Time = KiLoadRelaxed(&Prcb->TickTime); /* stored by its tick */

    return Time != 0 && (LONG64)(Now - Time) > (LONG64)HalCounterFrequency();
}

/*
 * KiMayBeToolsNmi: may the tool have sent the NMI that has come?
 *  => It does when it has missed heartbeats for some seconds: so some processor is late, or
 *     processor 0 has been, whose host may have been too busy.
 */
static BOOLEAN KiMayBeToolsNmi(ULONG64 Now)
{
    LONG64 Limit = (LONG64)(KI_HEARTBEATS_MISSED * HalCounterFrequency());

    for (ULONG Index = 0; KiIsProcessorActive(Index); Index++) {
        if (KiIsTickLate(KiProcessorBlock[Index], Now)) {
            return TRUE;
        }
    }
    /* Both stored by KiHeartbeat. */
    return (LONG64)(Now - KiLoadRelaxed(&KiHeartbeatTime)) > Limit ||
           (LONG64)KiLoadRelaxed(&KiHeartbeatPause) > Limit;
}

/*
 * KiWatchdogNmi: an NMI that neither this kernel nor a driver has asked for.
 *  => The tool sends it to every processor when processor 0's heartbeat has stopped; a processor whose
 *     own tick is more than a second old is stuck with interrupts off.
 *  => If it is not the tool's it is the machine's way to say that it is broken: NMI_HARDWARE_FAILURE.
 */
VOID KiWatchdogNmi(PHAL_TRAP_FRAME Frame)
{
    PKPRCB Prcb = KiCurrentPrcb();
    ULONG64 Now = HalReadCounter();

    if (KiIsTickLate(Prcb, Now)) {
        KiBugCheck(KI_CLOCK_WATCHDOG_TIMEOUT, KiTicks(KiOptions.Watchdog), 0, (ULONG_PTR)Prcb,
                   Prcb->Number, Frame->Rip, Frame);
    }
    if (!KiMayBeToolsNmi(Now)) {
        KiBugCheck(KI_NMI_HARDWARE_FAILURE, 0, 0, 0, 0, Frame->Rip, Frame);
    }
}
