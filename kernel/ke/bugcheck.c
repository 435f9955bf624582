/* SPDX-License-Identifier: MIT */
/*
 * bugcheck.c: stopping the system.
 *
 * One processor owns the bug check: the first to put its number into
 * KiBugCheckOwner.  It takes the report channel, stops all others with an NMI,
 * waits a bounded time until each has saved its registers, reports, runs the
 * drivers' callbacks and ends the machine.  A processor that comes later, by
 * its own bug check or by the NMI, saves its registers and halts.  A fault of
 * the owner while it reports is reported once and ends the machine; a fault
 * while that is reported ends it without a word.
 */
#include "ki_bugcheck.h"

#define KI_STOP_TIME 10 /* the others have 1/10 s to take the NMI */

/* The processor that reports, + 1; 0 = all is well. */
static ULONG KiBugCheckOwner;
/* The owner's state: how often it has come here, and for what first. */
static ULONG KiBugCheckDepth;
static ULONG KiFirstCode;

static ULONG KiCurrentNumber(VOID)
{
    return KiProcessorBlock[0] != NULL ? KiCurrentPrcb()->Number : 0;
}

/* KiStopHere: leave this processor's registers for the report and halt. */
static DECLSPEC_NORETURN VOID KiStopHere(PHAL_TRAP_FRAME Frame)
{
    PKPRCB Prcb = KiCurrentPrcb();

    Prcb->StopFrame = Frame;
    KiStoreRelease(&Prcb->Stopped, TRUE); /* read by KiStopOthers and the report */
    HalHaltProcessor();
}

/* KiAllStopped: have all active processors but Self saved their registers? */
static BOOLEAN KiAllStopped(ULONG Self)
{
    for (ULONG Index = 0; Index < KI_MAXIMUM_PROCESSORS; Index++) {
        if (Index != Self && KiIsProcessorActive(Index) &&
            !KiLoadAcquire(&KiProcessorBlock[Index]->Stopped)) { /* stored by KiStopHere */
            return FALSE;
        }
    }
    return TRUE;
}

/* KiStopOthers: halt all other processors, as far as they take the NMI in time. */
static VOID KiStopOthers(ULONG Self)
{
    ULONG64 Start = HalReadCounter();
    ULONG64 Limit = HalCounterFrequency() / KI_STOP_TIME;

    if (KiAllStopped(Self)) {
        return;
    }
    HalSendIpi(HalIpiNmi, &KiActiveSet);
    while (!KiAllStopped(Self) && HalReadCounter() - Start < Limit) {
        HalWait(&KiBugCheckOwner, Self + 1);
    }
}

/* KiEndMachine: say that nothing follows and stop. */
static DECLSPEC_NORETURN VOID KiEndMachine(VOID)
{
    RECORD_END End = {.Status = 1};

    KdReport(RecordEnd, &End, sizeof(End), NULL, 0);
    HalStopMachine(1);
}

/* KiOwnBugCheck: all that the owner does, the first time. */
static DECLSPEC_NORETURN VOID KiOwnBugCheck(const KI_BUG_CHECK *BugCheck)
{
    KiFirstCode = BugCheck->Code;
    KdBreakReportLock();
    KiStopOthers(KiCurrentNumber());
    KiReportBugCheck(BugCheck);
    KiReportCalls();
    KiRunBugCheckCallbacks(BugCheck->Code);
    KiEndMachine();
}

/* KiRunBugCheck: become the owner, or stop for it.  Interrupts are off, HIGH_LEVEL. */
static DECLSPEC_NORETURN VOID KiRunBugCheck(const KI_BUG_CHECK *BugCheck)
{
    ULONG Self = KiCurrentNumber() + 1;
    ULONG Owner = 0;

    if (!KiCompareExchange(&KiBugCheckOwner, &Owner, Self) && Owner != Self) {
        KiStopHere(BugCheck->Frame);
    }
    switch (KiBugCheckDepth++) {
    case 0:
        KiOwnBugCheck(BugCheck);
    case 1:
        KdBreakReportLock();
        KiReportSecondFault(BugCheck, KiFirstCode);
        KiEndMachine();
    default:
        HalStopMachine(1);
    }
}

DECLSPEC_NORETURN VOID KiBugCheckText(const CHAR *Text, ULONG Code, ULONG_PTR P1, ULONG_PTR P2,
                                      ULONG_PTR P3, ULONG_PTR P4, ULONG64 Address,
                                      PHAL_TRAP_FRAME Frame)
{
    KI_BUG_CHECK BugCheck = {
        .Code = Code,
        .Parameters = {P1, P2, P3, P4},
        .Address = Address,
        .Text = Text,
        .Frame = Frame,
    };
    HAL_TRAP_FRAME Own;
    BOOLEAN Enabled = HalDisableInterrupts();

    if (Frame == NULL) {
        BugCheck.Frame = &Own;
        Own.PreviousIrql = HalGetIrql();
        Own.EFlags = Enabled ? 0x202 : 0x2; /* the interrupt flag; a call keeps no others */
        KiCaptureCaller(&Own, Address);
    } else if (!Frame->Nonvolatile) {
        KiCompleteFrame(Frame);
    }
    BugCheck.Irql = BugCheck.Frame->PreviousIrql;
    if (Address == 0) {
        BugCheck.Address = BugCheck.Frame->Rip;
    }
    HalSetIrql(HIGH_LEVEL);
    KiRunBugCheck(&BugCheck);
}

DECLSPEC_NORETURN VOID KiBugCheck(ULONG Code, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3,
                                  ULONG_PTR P4, ULONG64 Address, PHAL_TRAP_FRAME Frame)
{
    KiBugCheckText(NULL, Code, P1, P2, P3, P4, Address, Frame);
}

/*
 * KeBugCheckEx: stop the system and report why.
 *
 * => Any IRQL.
 * => Reference: "KeBugCheckEx function (wdm.h)".
 */
DECLSPEC_NORETURN VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                          ULONG_PTR BugCheckParameter2,
                                          ULONG_PTR BugCheckParameter3,
                                          ULONG_PTR BugCheckParameter4)
{
    KiBugCheckText(NULL, BugCheckCode, BugCheckParameter1, BugCheckParameter2, BugCheckParameter3,
                   BugCheckParameter4, (ULONG64)__builtin_return_address(0), NULL);
}

/* KeBugCheck: KeBugCheckEx without parameters.  "KeBugCheck function (ntddk.h)". */
DECLSPEC_NORETURN VOID NTAPI KeBugCheck(ULONG BugCheckCode)
{
    KiBugCheckText(NULL, BugCheckCode, 0, 0, 0, 0, (ULONG64)__builtin_return_address(0), NULL);
}

/*
 * KiNmiInterrupt: an NMI: for a bug check elsewhere, for a driver, or for the watchdog.
 *
 * => HIGH_LEVEL, interrupts off, on a stack of its own.
 */
VOID NTAPI KiNmiInterrupt(PHAL_TRAP_FRAME Frame)
{
    PKPRCB Prcb = KiCurrentPrcb();
    ULONG Owner = KiLoadAcquire(&KiBugCheckOwner); /* stored by KiRunBugCheck */
    BOOLEAN Sent;

    if (Owner == Prcb->Number + 1 || KiLoadRelaxed(&Prcb->Stopped)) {
        return;
    }
    if (Owner != 0) {
        KiStopHere(Frame);
    }
    if (!KiOfferNmi(&Sent)) {
        if (!Sent) {
            KiWatchdogNmi(Frame); /* returns if it is the tool's */
        } else {
            KiBugCheck(KI_NMI_HARDWARE_FAILURE, 0, 0, 0, 0, Frame->Rip, Frame);
        }
    }
}
