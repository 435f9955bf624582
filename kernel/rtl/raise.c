/* SPDX-License-Identifier: MIT */
/*
 * raise.c: exceptions that software raises, at the place of the call.
 */
#include "exception.h"
#include "../ke/ki.h"

DECLSPEC_NOINLINE VOID RtlpCaptureCaller(PCONTEXT Context)
{
    RTLP_UNWIND Unwind = { .Context = Context, .Read = RtlpReadSafely, .Called = TRUE };

    RtlCaptureContext(Context);
    (VOID) RtlpUnwindFrame(&Unwind, FALSE); /* out of this routine, .. */
    (VOID) RtlpUnwindFrame(&Unwind, FALSE); /* .. and out of its caller */
}

DECLSPEC_NORETURN VOID RtlpRaise(PEXCEPTION_RECORD Record, PCONTEXT Context)
{
    if (RtlpDispatchException(Record, Context, TRUE)) {
        RtlpRestoreContext(Context);
    }
    KiUnhandledException(Record, Context);
}

DECLSPEC_NORETURN DECLSPEC_NOINLINE VOID RtlpRaiseCode(NTSTATUS Code, PEXCEPTION_RECORD Cause)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = Code,
        .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
        .ExceptionRecord = Cause,
    };
    CONTEXT Context;

    RtlpCaptureCaller(&Context);
    Record.ExceptionAddress = (PVOID)Context.Rip;
    RtlpRaise(&Record, &Context);
}

/*
 * RtlRaiseException: raise an exception, whose address becomes that of the caller.
 *
 * => Returns if a filter says so and the exception allows it.
 * => Any IRQL.
 * => Reference: "RtlRaiseException function (rtlsupportapi.h)".
 */
VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord)
{
    CONTEXT Context;

    RtlpCaptureCaller(&Context);
    ExceptionRecord->ExceptionAddress = (PVOID)Context.Rip;
    RtlpRaise(ExceptionRecord, &Context);
}

/*
 * RtlpRaiseStatus: raise an exception that nobody can continue, with the registers of whoever
 * called the exported routine.
 */
static DECLSPEC_NORETURN VOID RtlpRaiseStatus(NTSTATUS Status, PCONTEXT Context)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = Status,
        .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
        .ExceptionAddress = (PVOID)Context->Rip,
    };

    RtlpRaise(&Record, Context);
}

/*
 * KiRaiseStatus: raise Status where an exported routine was called that returns to Caller, over the
 * kernel's own frames.
 */
DECLSPEC_NORETURN DECLSPEC_NOINLINE VOID KiRaiseStatus(NTSTATUS Status, PVOID Caller)
{
    CONTEXT Context;
    RTLP_UNWIND Unwind = {.Context = &Context, .Read = RtlpReadSafely, .Called = TRUE};

    RtlCaptureContext(&Context);
    while (RtlpUnwindFrame(&Unwind, FALSE) && Context.Rip != (ULONG64)Caller) {
    }
    RtlpRaiseStatus(Status, &Context);
}

/* ExRaiseStatus: raise Status.  Any IRQL.  "ExRaiseStatus function (ntddk.h)". */
DECLSPEC_NORETURN VOID NTAPI ExRaiseStatus(NTSTATUS Status)
{
    CONTEXT Context;

    RtlpCaptureCaller(&Context);
    RtlpRaiseStatus(Status, &Context);
}

/*
 * ExRaiseAccessViolation: raise STATUS_ACCESS_VIOLATION, without parameters.
 *
 * => Reference: "ExRaiseAccessViolation function (ntddk.h)".
 */
DECLSPEC_NORETURN VOID NTAPI ExRaiseAccessViolation(VOID)
{
    CONTEXT Context;

    RtlpCaptureCaller(&Context);
    RtlpRaiseStatus(STATUS_ACCESS_VIOLATION, &Context);
}

/*
 * ExRaiseDatatypeMisalignment: raise STATUS_DATATYPE_MISALIGNMENT.
 *
 * => Reference: "ExRaiseDatatypeMisalignment function (ntddk.h)".
 */
DECLSPEC_NORETURN VOID NTAPI ExRaiseDatatypeMisalignment(VOID)
{
    CONTEXT Context;

    RtlpCaptureCaller(&Context);
    RtlpRaiseStatus(STATUS_DATATYPE_MISALIGNMENT, &Context);
}
