/* SPDX-License-Identifier: MIT */
/*
 * bugcheck_report.c: the records of a bug check: what and where, then every
 * processor with its registers, its stack and how far it was in the pending
 * call.
 */
#include "ki_bugcheck.h"
#include "format.h"

/* KiRegisters: general registers in the order of a record. */
static VOID KiRegisters(const HAL_TRAP_FRAME *Frame, RECORD_PROCESSOR *Record)
{
    const ULONG64 Registers[16] = {Frame->Rax, Frame->Rcx, Frame->Rdx, Frame->Rbx,
                                   Frame->Rsp, Frame->Rbp, Frame->Rsi, Frame->Rdi,
                                   Frame->R8,  Frame->R9,  Frame->R10, Frame->R11,
                                   Frame->R12, Frame->R13, Frame->R14, Frame->R15};

    RtlCopyMemory(Record->Registers, Registers, sizeof(Registers));
    Record->Rip = Frame->Rip;
    Record->Rsp = Frame->Rsp;
    Record->Rflags = Frame->EFlags;
    Record->Irql = Frame->PreviousIrql;
    Record->Flags |= RECORD_PROCESSOR_STOPPED;
    if ((Frame->EFlags & 0x200) != 0) {
        Record->Flags |= RECORD_PROCESSOR_INTERRUPTS;
    }
}

/* KiReportProcessor: one processor; Frame is NULL if it did not take the NMI. */
static VOID KiReportProcessor(PKPRCB Prcb, const HAL_TRAP_FRAME *Frame, const KI_CALL_STATE *Call)
{
    ULONG64 Stack[KI_STACK_DEPTH];
    ULONG Depth = 0;
    RECORD_PROCESSOR Record = {
        .Index = Prcb->Number,
        .Group = Prcb->Group,
        .Number = Prcb->GroupIndex,
        .Phase = KiQueryCallPhase(Call, Prcb),
    };

    if (Prcb->TickTime != 0 && HalReadCounter() - Prcb->TickTime > HalCounterFrequency()) {
        Record.Flags |= RECORD_PROCESSOR_NO_TICKS;
    }
    if (Call->Pending && Call->Initiator == Prcb->Number) {
        Record.Flags |= RECORD_PROCESSOR_CALLER;
    }
    if (Frame != NULL) {
        KiRegisters(Frame, &Record);
        Depth = KiWalkStack(Frame, Stack, RTL_NUMBER_OF(Stack));
    }
    KdReport(RecordProcessor, &Record, sizeof(Record), Stack, Depth * sizeof(Stack[0]));
}

/* KiReportProcessors: all that are active, and Self, which may not be yet. */
static VOID KiReportProcessors(PKPRCB Self, const HAL_TRAP_FRAME *SelfFrame,
                               const KI_CALL_STATE *Call)
{
    for (ULONG Index = 0; Index < KI_MAXIMUM_PROCESSORS; Index++) {
        PKPRCB Prcb = KiProcessorBlock[Index];

        if (Prcb == Self && Prcb != NULL) {
            KiReportProcessor(Prcb, SelfFrame, Call);
        } else if (KiIsProcessorActive(Index)) {
            BOOLEAN Stopped = KiLoadAcquire(&Prcb->Stopped); /* stored by KiStopHere */

            KiReportProcessor(Prcb, Stopped ? Prcb->StopFrame : NULL, Call);
        }
    }
}

/*
 * KiReportBugCheck: send the records.
 *
 * => The owner of the bug check, all other processors stopped, the channel taken.
 */
VOID KiReportBugCheck(const KI_BUG_CHECK *BugCheck)
{
    PKPRCB Prcb = KiProcessorBlock[0] != NULL ? KiCurrentPrcb() : NULL;
    KI_CALL_STATE Call;
    RECORD_BUG_CHECK Record = {
        .Code = BugCheck->Code,
        .Processor = Prcb != NULL ? Prcb->Number : 0,
        .Irql = BugCheck->Irql,
        .Address = BugCheck->Address,
        .Driver = IopCurrentDriver(),
    };

    KiQueryCall(&Call);
    RtlCopyMemory(Record.Parameters, BugCheck->Parameters, sizeof(Record.Parameters));
    Record.CallPending = Call.Pending;
    if (Call.Pending) {
        Record.CallId = Call.Id;
        Record.CallRoutine = (ULONG64)Call.Routine;
        Record.CallContext = Call.Context;
        Record.CallInitiator = Call.Initiator;
    }
    KdReport(RecordBugCheck, &Record, sizeof(Record), BugCheck->Text,
             BugCheck->Text != NULL ? (ULONG)strlen(BugCheck->Text) : 0);
    KiReportProcessors(Prcb, BugCheck->Frame, &Call);
}

/* KiPrint: format a text that fits. */
static ULONG KiPrint(CHAR *Buffer, ULONG Size, const CHAR *Format, ...)
{
    __builtin_ms_va_list Arguments;
    int Length;

    __builtin_ms_va_start(Arguments, Format);
    Length = RtlpFormat(Buffer, Size, Format, Arguments);
    __builtin_ms_va_end(Arguments);
    return (ULONG)Length < Size ? (ULONG)Length : Size - 1;
}

/* KiReportSecondFault: say that the owner has failed while it reported FirstCode. */
VOID KiReportSecondFault(const KI_BUG_CHECK *BugCheck, ULONG FirstCode)
{
    PKPRCB Prcb = KiProcessorBlock[0] != NULL ? KiCurrentPrcb() : NULL;
    CHAR Text[160];
    ULONG Length;
    RECORD_FINDING Note = {
        .Processor = Prcb != NULL ? Prcb->Number : 0,
        .Irql = BugCheck->Irql,
        .Address = BugCheck->Address,
        .Note = 1,
    };

    Length = KiPrint(Text, sizeof(Text),
                     "bug check 0x%08X (0x%p, 0x%p) while bug check 0x%08X was being reported",
                     BugCheck->Code, (PVOID)BugCheck->Parameters[0], (PVOID)BugCheck->Parameters[1],
                     FirstCode);
    KdReport(RecordFinding, &Note, sizeof(Note), Text, Length);
}
