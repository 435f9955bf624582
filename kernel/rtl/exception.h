/* SPDX-License-Identifier: MIT */
/*
 * exception.h: structured exception handling: the types that mingw-w64's DDK
 * lacks, and what the files of the search and of the unwinding share.
 *
 * Reference: "x64 exception handling".
 */
#pragma once

#include "unwind.h"

/* EXCEPTION_RECORD.ExceptionFlags, beside EXCEPTION_NONCONTINUABLE. */
#define EXCEPTION_UNWINDING       0x02
#define EXCEPTION_EXIT_UNWIND     0x04
#define EXCEPTION_STACK_INVALID   0x08
#define EXCEPTION_NESTED_CALL     0x10
#define EXCEPTION_TARGET_UNWIND   0x20
#define EXCEPTION_COLLIDED_UNWIND 0x40
#define EXCEPTION_UNWIND          (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)

/* What a language's handler is told of the frame that it is called for. */
typedef struct _DISPATCHER_CONTEXT {
    ULONG64 ControlPc;
    ULONG64 ImageBase;
    PRUNTIME_FUNCTION FunctionEntry;
    ULONG64 EstablisherFrame;
    ULONG64 TargetIp;       /* of an unwind */
    PCONTEXT ContextRecord; /* search: where it was raised; unwind: this frame's registers */
    PEXCEPTION_ROUTINE LanguageHandler;
    PVOID HandlerData;
    PVOID HistoryTable; /* a cache, not used */
    ULONG ScopeIndex;   /* where the handler goes on after a collided unwind */
    ULONG Fill0;
} DISPATCHER_CONTEXT, *PDISPATCHER_CONTEXT;

/* One frame of a walk, and the registers of its caller. */
typedef struct _RTLP_FRAME {
    RTLP_UNWIND Unwind;
    DISPATCHER_CONTEXT Dispatcher; /* this frame's; LanguageHandler NULL: nobody is to be called */
} RTLP_FRAME;

/*
 * RtlpEnterFrame: look at the frame of Context, which becomes its caller's.
 *
 * => HandlerType: UNW_FLAG_xHANDLER that is asked for.
 * => FALSE: the stack or the unwind information makes no sense.
 */
BOOLEAN RtlpEnterFrame(RTLP_FRAME *Frame, PCONTEXT Context, ULONG HandlerType);

/* RtlpIsLastFrame: is there no caller, or none that the walk has anything to do with? */
BOOLEAN RtlpIsLastFrame(const RTLP_FRAME *Frame);

/*
 * RtlpCaptureCaller: the registers of the code that has called the function that calls this, as
 * they are after the return.
 */
VOID RtlpCaptureCaller(PCONTEXT Context);

/*
 * RtlpDispatchException: offer an exception to the handlers of the frames from Context on.
 *
 * => Called: Context->Rip is a return address, not the instruction that has faulted.
 * => TRUE: execution goes on with Context.  FALSE: nobody handles it.  A handler that takes it does
 *    not return.
 * => Any IRQL.
 */
BOOLEAN RtlpDispatchException(PEXCEPTION_RECORD Record, PCONTEXT Context, BOOLEAN Called);

/* RtlpRaise: raise a software exception with the registers of Context. */
DECLSPEC_NORETURN VOID RtlpRaise(PEXCEPTION_RECORD Record, PCONTEXT Context);
/* RtlpRaiseCode: raise the exception that handling Cause, or NULL, went wrong. */
DECLSPEC_NORETURN VOID RtlpRaiseCode(NTSTATUS Code, PEXCEPTION_RECORD Cause);

/* exception_call.S: call Dispatcher->LanguageHandler from a frame that others will recognise. */
EXCEPTION_DISPOSITION RtlpCallForException(PEXCEPTION_RECORD Record, ULONG64 EstablisherFrame,
                                           PCONTEXT Context, PDISPATCHER_CONTEXT Dispatcher);
EXCEPTION_DISPOSITION RtlpCallForUnwind(PEXCEPTION_RECORD Record, ULONG64 EstablisherFrame,
                                        PCONTEXT Context, PDISPATCHER_CONTEXT Dispatcher);

/* restore.S: go on with the registers of a context. */
DECLSPEC_NORETURN VOID RtlpRestoreContext(const CONTEXT *Context);

DECLSPEC_NORETURN VOID NTAPI RtlUnwindEx(PVOID TargetFrame, PVOID TargetIp,
                                         PEXCEPTION_RECORD ExceptionRecord, PVOID ReturnValue,
                                         PCONTEXT OriginalContext, PVOID HistoryTable);
DECLSPEC_NORETURN VOID NTAPI RtlRestoreContext(PCONTEXT ContextRecord,
                                               PEXCEPTION_RECORD ExceptionRecord);
