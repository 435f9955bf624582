/* SPDX-License-Identifier: MIT */
/* cases_order.h: which filter, which __finally and which handler runs when, raising or not. */
#pragma once

#include "faults.h"

static APART VOID SearchGoesOutwards(TRACE *Trace)
{
    __try {
        __try {
            __try {
                Undefined();
            } __except (Say(Trace, 'a', EXCEPTION_CONTINUE_SEARCH)) {
                Put(Trace, 'x');
            }
        } __except (Say(Trace, 'b', EXCEPTION_EXECUTE_HANDLER)) {
            Put(Trace, 'c');
        }
        Put(Trace, 'd');
    } __except (Say(Trace, 'x', EXCEPTION_EXECUTE_HANDLER)) {
        Put(Trace, 'x');
    }
}

static APART VOID ContinueExecution(TRACE *Trace)
{
    ULONG Quotient = 0;

    __try {
        Undefined();
        Put(Trace, 'a');
    } __except (Skip(GetExceptionInformation(), 2, 0)) {
        Put(Trace, 'x');
    }
    __try {
        Breakpoint();
        Put(Trace, 'b');
    } __except (GetExceptionCode() == (ULONG)STATUS_BREAKPOINT
                    ? Skip(GetExceptionInformation(), 1, 0)
                    : EXCEPTION_EXECUTE_HANDLER) {
        Put(Trace, 'x');
    }
    __try {
        Quotient = Divide(5, 0);
    } __except (Skip(GetExceptionInformation(), 2, 77)) {
        Put(Trace, 'x');
    }
    Put(Trace, Quotient == 77 ? 'c' : 'x');
}

static APART VOID FinallyRunsOnce(TRACE *Trace)
{
    __try {
        Put(Trace, 'a');
    } __finally {
        Put(Trace, AbnormalTermination() ? 'x' : 'b');
    }
    __try {
        __try {
            Undefined();
        } __finally {
            Put(Trace, AbnormalTermination() ? 'd' : 'x');
        }
        Put(Trace, 'x');
    } __except (Say(Trace, 'c', EXCEPTION_EXECUTE_HANDLER)) {
        Put(Trace, 'e');
    }
}

static APART VOID FinallyOfTheHandlersOwnScopeWaits(TRACE *Trace)
{
    __try {
        __try {
            Undefined();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            Put(Trace, 'a');
        }
        Put(Trace, 'b');
    } __finally {
        Put(Trace, AbnormalTermination() ? 'x' : 'c');
    }
}

/* Frames that only have termination handlers lie between. */
static APART VOID Descend(TRACE *Trace, ULONG Depth)
{
    __try {
        if (Depth == 0) {
            Undefined();
        }
        Descend(Trace, Depth - 1);
    } __finally {
        Put(Trace, (CHAR)('0' + Depth));
    }
}

static APART VOID FinallyInEveryFrame(TRACE *Trace)
{
    __try {
        Descend(Trace, 9);
    } __except (Say(Trace, 'f', EXCEPTION_EXECUTE_HANDLER)) {
        Put(Trace, 'h');
    }
}

/* Stack taken as it goes, so that every frame has another size. */
static APART VOID DescendAllocating(TRACE *Trace, ULONG Depth)
{
    volatile UCHAR *Buffer = __builtin_alloca(16 * Depth + 24);

    Buffer[0] = (UCHAR)Depth;
    __try {
        if (Depth == 0) {
            Divide(1, 0);
        }
        DescendAllocating(Trace, Depth - 1);
    } __finally {
        Put(Trace, Buffer[0] == Depth ? 'a' : 'x');
    }
}

static APART VOID DynamicFrames(TRACE *Trace)
{
    __try {
        DescendAllocating(Trace, 5);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Put(Trace, 'h');
    }
}

static APART VOID HandlerRaises(TRACE *Trace)
{
    __try {
        __try {
            Undefined();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            Put(Trace, 'a');
            Divide(1, 0);
        }
    } __except (IsCode(GetExceptionInformation(), STATUS_INTEGER_DIVIDE_BY_ZERO)) {
        Put(Trace, 'b');
    }
}

/*
 * Termination handlers that raise.  clang 14 gives a __finally block a function of its own without
 * unwind information, so it must be a leaf: one call, which becomes a jump.
 */
static APART VOID SayAndDivide(TRACE *Trace)
{
    Put(Trace, 'b');
    Divide(1, 0);
    Put(Trace, 'x');
}

/* A collided unwind: what began with Undefined ends as Divide's exception. */
static APART VOID FinallyRaises(TRACE *Trace)
{
    __try {
        __try {
            __try {
                Undefined();
            } __finally {
                SayAndDivide(Trace);
            }
        } __finally {
            Put(Trace, 'd');
        }
    } __except (Say(Trace, GetExceptionCode() == (ULONG)STATUS_ILLEGAL_INSTRUCTION ? 'a' : 'c',
                    EXCEPTION_EXECUTE_HANDLER)) {
        Put(Trace, 'e');
    }
}

/* The same across frames. */
static APART VOID SayAndRaise(TRACE *Trace)
{
    Put(Trace, 'a');
    ExRaiseStatus(STATUS_TIMEOUT);
}

static APART VOID RaiseInFinally(TRACE *Trace)
{
    __try {
        Undefined();
    } __finally {
        SayAndRaise(Trace);
    }
}

static APART VOID CatchOfCollided(TRACE *Trace)
{
    __try {
        RaiseInFinally(Trace);
    } __except (IsCode(GetExceptionInformation(), STATUS_TIMEOUT)) {
        Put(Trace, 'b');
    }
}

static APART VOID FinallyRaisesFarBelow(TRACE *Trace)
{
    __try {
        CatchOfCollided(Trace);
        Put(Trace, 'c');
    } __except (GetExceptionCode() == (ULONG)STATUS_ILLEGAL_INSTRUCTION) {
        Put(Trace, 'x'); /* CatchOfCollided is asked, and skipped: this catches */
    }
}

/* A filter whose own exception is handled inside it. */
static APART LONG FilterThatCatches(TRACE *Trace)
{
    __try {
        Divide(1, 0);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Put(Trace, 'a');
    }
    return EXCEPTION_EXECUTE_HANDLER;
}

static APART VOID FilterRaisesAndCatches(TRACE *Trace)
{
    __try {
        Undefined();
    } __except (FilterThatCatches(Trace)) {
        Put(Trace, 'b');
    }
}

/* A filter whose exception is not: the nested search meets the outer one's frames again. */
static APART LONG FilterThatRaises(TRACE *Trace, PEXCEPTION_POINTERS Pointers)
{
    if (Pointers->ExceptionRecord->ExceptionCode == STATUS_INTEGER_DIVIDE_BY_ZERO) {
        Put(Trace,
            (Pointers->ExceptionRecord->ExceptionFlags & 0x10) != 0 ? 'b' : 'x'); /* nested */
        return EXCEPTION_CONTINUE_SEARCH;
    }
    Put(Trace, 'a');
    Divide(1, 0);
    Put(Trace, 'x');
    return EXCEPTION_EXECUTE_HANDLER;
}

static APART VOID InnerOfNested(TRACE *Trace)
{
    __try {
        Undefined();
    } __except (FilterThatRaises(Trace, GetExceptionInformation())) {
        Put(Trace, 'x');
    }
}

static APART VOID FilterRaises(TRACE *Trace)
{
    __try {
        InnerOfNested(Trace);
    } __except (IsCode(GetExceptionInformation(), STATUS_INTEGER_DIVIDE_BY_ZERO)) {
        Put(Trace, 'c');
    }
}
