/* SPDX-License-Identifier: MIT */
/*
 * cases.h: what __try, __except and __finally promise, case by case, for a
 * compiler that has them.
 */
#include "cases_codes.h"
#include "cases_order.h"

/* Leaving by return, and by __leave. */
static APART ULONG ReturnFromTry(TRACE *Trace)
{
    __try {
        __try {
            Put(Trace, 'a');
            return 5;
        } __finally {
            Put(Trace, 'b');
        }
    } __finally {
        Put(Trace, 'c');
    }
    return 6;
}

static APART VOID Leaving(TRACE *Trace)
{
    Put(Trace, ReturnFromTry(Trace) == 5 ? 'd' : 'x');
    __try {
        Put(Trace, 'e');
        if (Trace->Length != 0) {
            __leave;
        }
        Put(Trace, 'x');
    } __finally {
        Put(Trace, AbnormalTermination() ? 'x' : 'f');
    }
}

/* What the compiler keeps in registers over the call is there in the handler. */
static APART VOID RegistersAreKept(TRACE *Trace)
{
    volatile ULONG64 Seed = 0x1234567;
    volatile double Real = 2.5;
    ULONG64 A = Seed * 3, B = Seed * 5, C = Seed * 7, D = Seed * 11, E = Seed * 13;
    double P = Real * 2, Q = Real * 3;

    __try {
        __asm__ volatile("xorl %%ebx, %%ebx; xorl %%esi, %%esi; xorl %%edi, %%edi\n\t"
                         "xorl %%r12d, %%r12d; xorl %%r13d, %%r13d; xorl %%r14d, %%r14d\n\t"
                         "xorl %%r15d, %%r15d; xorps %%xmm6, %%xmm6; xorps %%xmm7, %%xmm7"
                         :
                         :
                         : "rbx", "rsi", "rdi", "r12", "r13", "r14", "r15", "xmm6", "xmm7");
        Undefined();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Put(Trace, 'a');
    }
    Put(Trace, A + B + C + D + E == Seed * 39 ? 'b' : 'x');
    Put(Trace, P + Q == Real * 5 ? 'c' : 'x');
}

/* A loop in which every turn raises: no stack is lost. */
static APART VOID ManyInARow(TRACE *Trace)
{
    ULONG Caught = 0;

    for (ULONG Turn = 0; Turn < 50; Turn++) {
        __try {
            Undefined();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            InterlockedIncrement(&Progress);
            Caught++;
        }
    }
    Put(Trace, Caught == 50 ? 'a' : 'x');
}

/* The flags of the fault are not those of the handler. */
static APART VOID DirectionFlagSet(VOID)
{
    __asm__ volatile("std; ud2; cld");
}

static APART VOID FlagsAreClean(TRACE *Trace)
{
    ULONG64 Flags = 0;

    __try {
        DirectionFlagSet();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Flags = __builtin_ia32_readeflags_u64();
    }
    Put(Trace, (Flags & 0x400) == 0 ? 'a' : 'x');
}

static const CASE Cases[] = {
    { "CodeOfUndefined", CodeOfUndefined, "abc", HIGH_LEVEL },
    { "CodeOfDivide", CodeOfDivide, "ab", HIGH_LEVEL },
    { "CodeOfPrivileged", CodeOfPrivileged, "a", HIGH_LEVEL },
    { "CodeOfUnknownMsr", CodeOfUnknownMsr, "a", HIGH_LEVEL },
    { "CodeOfNonCanonical", CodeOfNonCanonical, "ab", HIGH_LEVEL },
    { "CodeOfUserAddress", CodeOfUserAddress, "ab", APC_LEVEL },
    { "FaultInKernel", FaultInKernel, "a", APC_LEVEL },
    { "Probes", Probes, "abcde", APC_LEVEL },
    { "SearchGoesOutwards", SearchGoesOutwards, "abcd", HIGH_LEVEL },
    { "ContinueExecution", ContinueExecution, "abc", HIGH_LEVEL },
    { "FinallyRunsOnce", FinallyRunsOnce, "abcde", HIGH_LEVEL },
    { "FinallyOfTheHandlersOwnScopeWaits", FinallyOfTheHandlersOwnScopeWaits, "abc", HIGH_LEVEL },
    { "FinallyInEveryFrame", FinallyInEveryFrame, "f0123456789h", HIGH_LEVEL },
    { "DynamicFrames", DynamicFrames, "aaaaaah", HIGH_LEVEL },
    { "HandlerRaises", HandlerRaises, "ab", HIGH_LEVEL },
    { "FinallyRaises", FinallyRaises, "abcde", HIGH_LEVEL },
    { "FinallyRaisesFarBelow", FinallyRaisesFarBelow, "abc", HIGH_LEVEL },
    { "FilterRaisesAndCatches", FilterRaisesAndCatches, "ab", HIGH_LEVEL },
    { "FilterRaises", FilterRaises, "abc", HIGH_LEVEL },
    { "RaisedStatus", RaisedStatus, "abc", HIGH_LEVEL },
    { "NotContinuable", NotContinuable, "ab", HIGH_LEVEL },
    { "RaisedAndContinued", RaisedAndContinued, "abc", HIGH_LEVEL },
    { "Leaving", Leaving, "abcdef", HIGH_LEVEL },
    { "RegistersAreKept", RegistersAreKept, "abc", HIGH_LEVEL },
    { "ManyInARow", ManyInARow, "a", HIGH_LEVEL },
    { "FlagsAreClean", FlagsAreClean, "a", HIGH_LEVEL },
};

#include "everywhere_run.h"
