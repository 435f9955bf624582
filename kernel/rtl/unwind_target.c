/* SPDX-License-Identifier: MIT */
/*
 * unwind_target.c: unwinding to a frame: RtlUnwindEx and what stands on it.
 *
 * The frames from the caller's up to the target's are left one by one, and the
 * handler of each is called, so that its termination handlers run.  Two
 * contexts take turns: that of the frame whose handler is called, which is
 * what the handler sees, and that of its caller.  At the target's frame the
 * first of them, with the target's address, is loaded.
 *
 * A termination handler may begin an unwind of its own, or raise an exception
 * that is handled further out.  That unwind then meets the frame of this one,
 * and goes on from there (exception.c, "collided unwind").
 *
 * References: "RtlUnwindEx function (winnt.h)", "x64 exception handling".
 */
#include "exception.h"

#define RTLP_FRAMES_MOST 4096

/* An unwind. */
typedef struct _RTLP_UNWINDING {
    ULONG64 TargetFrame; /* 0 = all frames */
    ULONG64 TargetIp;
    ULONG64 ReturnValue;
    PCONTEXT Current; /* of the frame being left */
    PCONTEXT Next;    /* of its caller */
    RTLP_FRAME Frame;
} RTLP_UNWINDING;

/* RtlpLeaveFrame: find the frame of Current, and Next.  => FALSE: the stack makes no sense. */
static BOOLEAN RtlpLeaveFrame(RTLP_UNWINDING *Unwinding)
{
    RtlCopyMemory(Unwinding->Next, Unwinding->Current, sizeof(*Unwinding->Next));
    return RtlpEnterFrame(&Unwinding->Frame, Unwinding->Next, UNW_FLAG_UHANDLER);
}

static BOOLEAN RtlpIsTarget(const RTLP_UNWINDING *Unwinding)
{
    return Unwinding->TargetFrame != 0 &&
           Unwinding->Frame.Dispatcher.EstablisherFrame == Unwinding->TargetFrame;
}

/* RtlpIsBeyondTarget: is this an outer frame of the target's, which therefore does not exist? */
static BOOLEAN RtlpIsBeyondTarget(const RTLP_UNWINDING *Unwinding)
{
    return Unwinding->TargetFrame != 0 &&
           Unwinding->Frame.Dispatcher.EstablisherFrame > Unwinding->TargetFrame;
}

/*
 * RtlpTerminate: call the handler of a frame, and as long as it has collided with another unwind,
 * that of the frame where that one is.
 */
static VOID RtlpTerminate(RTLP_UNWINDING *Unwinding, PEXCEPTION_RECORD Record)
{
    PDISPATCHER_CONTEXT Dispatcher = &Unwinding->Frame.Dispatcher;

    for (;;) {
        DISPATCHER_CONTEXT Collided;
        EXCEPTION_DISPOSITION Disposition;

        Record->ExceptionFlags &= ~EXCEPTION_TARGET_UNWIND;
        if (RtlpIsTarget(Unwinding)) {
            Record->ExceptionFlags |= EXCEPTION_TARGET_UNWIND;
        }
        Unwinding->Current->Rax = Unwinding->ReturnValue;
        Dispatcher->ContextRecord = Unwinding->Current;
        Dispatcher->TargetIp = Unwinding->TargetIp;
        Disposition =
            RtlpCallForUnwind(Record, Dispatcher->EstablisherFrame, Unwinding->Current, Dispatcher);
        Record->ExceptionFlags &= ~EXCEPTION_COLLIDED_UNWIND;
        if (Disposition == ExceptionContinueSearch) {
            return;
        }
        if (Disposition != ExceptionCollidedUnwind) {
            RtlpRaiseCode(STATUS_INVALID_DISPOSITION, Record);
        }
        Collided = *Dispatcher;
        RtlCopyMemory(Unwinding->Current, Collided.ContextRecord, sizeof(*Unwinding->Current));
        Unwinding->Current->Rip = Collided.ControlPc;
        Unwinding->Frame.Unwind.Called = FALSE;
        if (!RtlpLeaveFrame(Unwinding)) {
            RtlpRaiseCode(STATUS_BAD_STACK, Record);
        }
        *Dispatcher = Collided;
        if (RtlpIsBeyondTarget(Unwinding)) {
            RtlpRaiseCode(STATUS_INVALID_UNWIND_TARGET, Record);
        }
        Record->ExceptionFlags |= EXCEPTION_COLLIDED_UNWIND;
    }
}

/* RtlpUnwindToTarget: => Current is the context of the target's frame. */
static VOID RtlpUnwindToTarget(RTLP_UNWINDING *Unwinding, PEXCEPTION_RECORD Record)
{
    for (ULONG Count = 0; Count < RTLP_FRAMES_MOST && RtlpLeaveFrame(Unwinding); Count++) {
        PCONTEXT Left = Unwinding->Current;

        if (RtlpIsBeyondTarget(Unwinding)) {
            RtlpRaiseCode(STATUS_INVALID_UNWIND_TARGET, Record);
        }
        if (Unwinding->Frame.Dispatcher.LanguageHandler != NULL) {
            RtlpTerminate(Unwinding, Record);
        }
        if (RtlpIsTarget(Unwinding)) {
            return;
        }
        if (RtlpIsLastFrame(&Unwinding->Frame)) {
            break;
        }
        Unwinding->Current = Unwinding->Next;
        Unwinding->Next = Left;
    }
    RtlpRaiseCode(Unwinding->TargetFrame == 0 ? STATUS_UNWIND : STATUS_BAD_STACK, Record);
}

/*
 * RtlUnwindEx: leave all frames up to that of TargetFrame and go on in it, at TargetIp, with
 * ReturnValue in RAX.
 *
 * => ExceptionRecord NULL: STATUS_UNWIND.  OriginalContext is room for a context and is
 * overwritten.
 * => A target that does not exist, or lies beyond an interrupt, is an exception
 *    (STATUS_BAD_STACK, STATUS_INVALID_UNWIND_TARGET); so is no target at all in the end.
 * => Any IRQL.  HistoryTable, a cache, is not used.
 */
DECLSPEC_NORETURN VOID NTAPI RtlUnwindEx(PVOID TargetFrame, PVOID TargetIp,
                                         PEXCEPTION_RECORD ExceptionRecord, PVOID ReturnValue,
                                         PCONTEXT OriginalContext, PVOID HistoryTable)
{
    CONTEXT Other;
    EXCEPTION_RECORD Own = { .ExceptionCode = STATUS_UNWIND };
    RTLP_UNWINDING Unwinding = {
        .TargetFrame = (ULONG64)TargetFrame,
        .TargetIp = (ULONG64)TargetIp,
        .ReturnValue = (ULONG64)ReturnValue,
        .Current = OriginalContext,
        .Next = &Other,
        .Frame.Unwind = { .Read = RtlpReadSafely, .Called = TRUE },
    };
    PEXCEPTION_RECORD Record = ExceptionRecord != NULL ? ExceptionRecord : &Own;

    UNREFERENCED_PARAMETER(HistoryTable);
    RtlpCaptureCaller(OriginalContext);
    Own.ExceptionAddress = (PVOID)OriginalContext->Rip;
    Record->ExceptionFlags |=
        TargetFrame != NULL ? EXCEPTION_UNWINDING : EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND;
    RtlpUnwindToTarget(&Unwinding, Record);
    Unwinding.Current->Rax = (ULONG64)ReturnValue;
    Unwinding.Current->Rip = (ULONG64)TargetIp;
    RtlRestoreContext(Unwinding.Current, Record);
}

/*
 * RtlUnwind: RtlUnwindEx without a context of the caller's.
 *
 * => Reference: "RtlUnwind function (winnt.h)".
 */
VOID NTAPI RtlUnwind(PVOID TargetFrame, PVOID TargetIp, PEXCEPTION_RECORD ExceptionRecord,
                     PVOID ReturnValue)
{
    CONTEXT Context;

    RtlUnwindEx(TargetFrame, TargetIp, ExceptionRecord, ReturnValue, &Context, NULL);
}

/*
 * _local_unwind: leave __try blocks by a jump: run the termination handlers between here and
 * TargetIp.
 *
 * => MSVC's code calls it where a goto, return or break leaves a termination handler.
 * => Reference: "try-finally Statement".
 */
VOID _local_unwind(PVOID TargetFrame, PVOID TargetIp)
{
    RtlUnwind(TargetFrame, TargetIp, NULL, NULL);
}
