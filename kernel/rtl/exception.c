/* SPDX-License-Identifier: MIT */
/*
 * exception.c: the search for who handles an exception.
 *
 * The frames are visited from the one that raised it outwards, and the handler
 * of each is asked.  What it answers:
 *
 *   continue execution   done: the registers of the context, changed or not, are loaded
 *   continue search      the next frame
 *   it does not return   it has begun an unwind to its own frame (unwind_target.c)
 *   nested exception     the frame is that of a search which called a handler or filter that has
 *                        now raised this exception: up to the frame of that handler this is a
 *                        nested call, which the record says
 *   collided unwind      the frame is that of an unwind which called a termination handler that has
 *                        now raised this exception: the frames up to that handler's are gone; the
 *                        search goes on with that frame, behind the handler's scope
 *
 * The last two come from exception_call.S's own frames.  A search ends at the
 * outermost frame, at an interrupt, and at the routine of a call (ke): what was
 * interrupted has nothing to do with the exception.
 *
 * References: "x64 exception handling", "EXCEPTION_RECORD structure".
 */
#include "exception.h"
#include "../ke/ki.h"

#define RTLP_FRAMES_MOST 4096 /* a stack of 24 KB has fewer; a walk in a circle has more */

/* In a frame of exception_call.S: the dispatcher context of the handler that it has called. */
#define RTLP_SAVED_DISPATCHER 0x20

C_ASSERT(FIELD_OFFSET(DISPATCHER_CONTEXT, LanguageHandler) == 0x30); /* exception_call.S */
C_ASSERT(sizeof(DISPATCHER_CONTEXT) == 0x50);

BOOLEAN RtlpEnterFrame(RTLP_FRAME *Frame, PCONTEXT Context, ULONG HandlerType)
{
    RTLP_UNWIND *Unwind = &Frame->Unwind;
    PDISPATCHER_CONTEXT Dispatcher = &Frame->Dispatcher;
    RUNTIME_FUNCTION Function;
    ULONG64 Entry, Handler;
    ULONG Offset;

    RtlZeroMemory(Dispatcher, sizeof(*Dispatcher));
    Dispatcher->ControlPc = Context->Rip;
    Unwind->Context = Context;
    if (!RtlpFindFunction(Context->Rip, Unwind->Read, &Dispatcher->ImageBase, &Entry, &Function)) {
        /* Who has called has an entry; a leaf and what is no code at all call nobody. */
        return !Unwind->Called && RtlpUnwindLeaf(Unwind);
    }
    if (!RtlpUnwindFunction(Unwind, Dispatcher->ImageBase, &Function)) {
        return FALSE;
    }
    Dispatcher->FunctionEntry = (PRUNTIME_FUNCTION)Entry;
    Dispatcher->EstablisherFrame = Unwind->EstablisherFrame;
    if ((Unwind->Flags & HandlerType) == 0 ||
        !Unwind->Read(Unwind->HandlerData, &Offset, sizeof(Offset))) {
        return TRUE;
    }
    Handler = Dispatcher->ImageBase + Offset;
    if (MmFindImage((PVOID)Handler) == (PVOID)Dispatcher->ImageBase) {
        Dispatcher->LanguageHandler = (PEXCEPTION_ROUTINE)Handler;
        Dispatcher->HandlerData = (PVOID)(Unwind->HandlerData + sizeof(Offset));
    }
    return TRUE;
}

BOOLEAN RtlpIsLastFrame(const RTLP_FRAME *Frame)
{
    if (Frame->Unwind.MachineFrame) {
        return !Frame->Unwind.ErrorCode; /* what has called NULL is a frame, too */
    }
    return Frame->Unwind.Context->Rip == 0;
}

/*
 * RtlpAskHandler: ask the handler of a frame, and as long as it has collided with an unwind, that
 * of the frame where the unwind is.
 *
 * => Walk is the context of the walk; *NestedFrame: how far the exception is a nested call.
 */
static EXCEPTION_DISPOSITION RtlpAskHandler(PEXCEPTION_RECORD Record, PCONTEXT Context,
                                            RTLP_FRAME *Frame, PCONTEXT Walk, PULONG64 NestedFrame)
{
    PDISPATCHER_CONTEXT Dispatcher = &Frame->Dispatcher;

    for (;;) {
        ULONG64 Establisher = Dispatcher->EstablisherFrame;
        DISPATCHER_CONTEXT Collided;
        EXCEPTION_DISPOSITION Disposition;

        Dispatcher->ContextRecord = Context;
        Disposition = RtlpCallForException(Record, Establisher, Context, Dispatcher);
        if (*NestedFrame == Establisher) {
            Record->ExceptionFlags &= ~EXCEPTION_NESTED_CALL;
            *NestedFrame = 0;
        }
        if (Disposition == ExceptionNestedException) {
            Record->ExceptionFlags |= EXCEPTION_NESTED_CALL;
            if (Dispatcher->EstablisherFrame > *NestedFrame) {
                *NestedFrame = Dispatcher->EstablisherFrame;
            }
            return ExceptionContinueSearch;
        }
        if (Disposition != ExceptionCollidedUnwind) {
            return Disposition;
        }
        Collided = *Dispatcher;
        RtlCopyMemory(Walk, Collided.ContextRecord, sizeof(*Walk));
        Walk->Rip = Collided.ControlPc;
        Frame->Unwind.Called = FALSE;
        if (!RtlpEnterFrame(Frame, Walk, UNW_FLAG_EHANDLER)) {
            return ExceptionContinueSearch;
        }
        *Dispatcher = Collided;
    }
}

BOOLEAN RtlpDispatchException(PEXCEPTION_RECORD Record, PCONTEXT Context, BOOLEAN Called)
{
    CONTEXT Walk;
    RTLP_FRAME Frame = { .Unwind = { .Read = RtlpReadSafely, .Called = Called } };
    ULONG64 NestedFrame = 0;

    RtlCopyMemory(&Walk, Context, sizeof(Walk));
    for (ULONG Count = 0; Count < RTLP_FRAMES_MOST; Count++) {
        if (!RtlpEnterFrame(&Frame, &Walk, UNW_FLAG_EHANDLER)) {
            Record->ExceptionFlags |= EXCEPTION_STACK_INVALID;
            return FALSE;
        }
        if (Frame.Dispatcher.LanguageHandler != NULL) {
            switch (RtlpAskHandler(Record, Context, &Frame, &Walk, &NestedFrame)) {
            case ExceptionContinueExecution:
                if ((Record->ExceptionFlags & EXCEPTION_NONCONTINUABLE) != 0) {
                    RtlpRaiseCode(STATUS_NONCONTINUABLE_EXCEPTION, Record);
                }
                return TRUE;
            case ExceptionContinueSearch:
                break;
            default:
                RtlpRaiseCode(STATUS_INVALID_DISPOSITION, Record);
            }
        }
        if (RtlpIsLastFrame(&Frame)) {
            return FALSE;
        }
    }
    return FALSE;
}

/*
 * RtlpExceptionHandler: the handler of RtlpCallForException's frame: a search has called a handler
 * or filter there, in which another exception was raised.
 */
EXCEPTION_DISPOSITION NTAPI RtlpExceptionHandler(PEXCEPTION_RECORD Record, PVOID EstablisherFrame,
                                                 PCONTEXT Context, PDISPATCHER_CONTEXT Dispatcher)
{
    const DISPATCHER_CONTEXT *Saved =
        *(DISPATCHER_CONTEXT **)((ULONG64)EstablisherFrame + RTLP_SAVED_DISPATCHER);

    UNREFERENCED_PARAMETER(Context);
    if ((Record->ExceptionFlags & EXCEPTION_UNWIND) != 0) {
        return ExceptionContinueSearch;
    }
    Dispatcher->EstablisherFrame = Saved->EstablisherFrame;
    return ExceptionNestedException;
}

/*
 * RtlpUnwindHandler: the handler of RtlpCallForUnwind's frame: an unwind has called a termination
 * handler there, which has raised an exception or begun an unwind of its own.
 *
 * => The other one goes on where this one was; but it keeps its own target.
 */
EXCEPTION_DISPOSITION NTAPI RtlpUnwindHandler(PEXCEPTION_RECORD Record, PVOID EstablisherFrame,
                                              PCONTEXT Context, PDISPATCHER_CONTEXT Dispatcher)
{
    const DISPATCHER_CONTEXT *Saved =
        *(DISPATCHER_CONTEXT **)((ULONG64)EstablisherFrame + RTLP_SAVED_DISPATCHER);
    ULONG64 TargetIp = Dispatcher->TargetIp;

    UNREFERENCED_PARAMETER(Record);
    UNREFERENCED_PARAMETER(Context);
    *Dispatcher = *Saved;
    Dispatcher->TargetIp = TargetIp;
    return ExceptionCollidedUnwind;
}
