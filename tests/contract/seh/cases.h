/* SPDX-License-Identifier: MIT */
/*
 * cases.h: what __try, __except and __finally promise, case by case, for a
 * compiler that has them.
 *
 * clang takes an exception to come from a call only, so whatever faults
 * is a function that is not inlined.
 */
#include "everywhere.h"

NTSYSAPI VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord);

/* Put for use as, or in, a filter. */
static APART LONG Say(TRACE *Trace, CHAR Letter, LONG Answer)
{
    Put(Trace, Letter);
    return Answer;
}

/* What faults. */

static APART VOID Undefined(VOID)
{
    __asm__ volatile("ud2");
}

static APART VOID Breakpoint(VOID)
{
    __asm__ volatile("int3");
}

static APART VOID Privileged(VOID)
{
    __asm__ volatile("ltr %w0" : : "r"(0xFFF8)); /* no such descriptor */
}

static APART ULONG Divide(ULONG Dividend, ULONG Divisor)
{
    ULONG Quotient = Dividend;

    __asm__ volatile("xorl %%edx, %%edx; divl %1" : "+a"(Quotient) : "c"(Divisor) : "rdx", "cc"); /* 2 bytes */
    return Quotient;
}

static APART ULONG64 Read(ULONG64 Address)
{
    ULONG64 Value;

    __asm__ volatile("movq (%1), %0" : "=r"(Value) : "r"(Address));
    return Value;
}

static APART VOID Write(ULONG64 Address)
{
    __asm__ volatile("movb $1, (%0)" : : "r"(Address) : "memory");
}

#define NONCANONICAL 0x0000800000000000ull
#define USER_ADDRESS 0x1230ull

/* The filters that look at what has happened. */

static APART LONG IsCode(PEXCEPTION_POINTERS Pointers, NTSTATUS Code)
{
    return Pointers->ExceptionRecord->ExceptionCode == Code ? EXCEPTION_EXECUTE_HANDLER
                                                            : EXCEPTION_CONTINUE_SEARCH;
}

static APART LONG IsAccess(PEXCEPTION_POINTERS Pointers, ULONG64 Access, ULONG64 Address)
{
    PEXCEPTION_RECORD Record = Pointers->ExceptionRecord;

    return Record->ExceptionCode == STATUS_ACCESS_VIOLATION && Record->NumberParameters == 2 &&
                   Record->ExceptionInformation[0] == Access &&
                   Record->ExceptionInformation[1] == Address &&
                   (ULONG64)Record->ExceptionAddress == Pointers->ContextRecord->Rip
               ? EXCEPTION_EXECUTE_HANDLER
               : EXCEPTION_CONTINUE_SEARCH;
}

/* Continue behind an instruction of Length bytes, with Result in RAX. */
static APART LONG Skip(PEXCEPTION_POINTERS Pointers, ULONG Length, ULONG64 Result)
{
    Pointers->ContextRecord->Rip += Length;
    Pointers->ContextRecord->Rax = Result;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* The cases. */

static APART VOID CodeOfUndefined(TRACE *Trace)
{
    __try {
        Put(Trace, 'a');
        Undefined();
        Put(Trace, 'x');
    } __except (IsCode(GetExceptionInformation(), STATUS_ILLEGAL_INSTRUCTION)) {
        Put(Trace, GetExceptionCode() == (ULONG)STATUS_ILLEGAL_INSTRUCTION ? 'b' : 'x');
    }
    Put(Trace, 'c');
}

static APART VOID CodeOfDivide(TRACE *Trace)
{
    __try {
        Put(Trace, Divide(20, 10) == 2 ? 'a' : 'x');
        Divide(1, 0);
        Put(Trace, 'x');
    } __except (IsCode(GetExceptionInformation(), STATUS_INTEGER_DIVIDE_BY_ZERO)) {
        Put(Trace, 'b');
    }
}

static APART VOID CodeOfPrivileged(TRACE *Trace)
{
    __try {
        Privileged();
    } __except (IsCode(GetExceptionInformation(), STATUS_PRIVILEGED_INSTRUCTION)) {
        Put(Trace, 'a');
    }
}

static APART ULONG64 ReadMsr(ULONG Msr)
{
    ULONG Low, High;

    __asm__ volatile("rdmsr" : "=a"(Low), "=d"(High) : "c"(Msr));
    return (ULONG64)High << 32 | Low;
}

/* QEMU's translator has every register, as it says with its name. */
static APART BOOLEAN KnowsEveryMsr(VOID)
{
    ULONG Leaf = 0x40000000, Name, Other, More;

    __asm__ volatile("cpuid" : "+a"(Leaf), "=b"(Name), "=c"(Other), "=d"(More));
    return Name == 0x54474354; /* "TCGT" */
}

static APART VOID CodeOfUnknownMsr(TRACE *Trace)
{
    __try {
        ReadMsr(0x4711);
        Put(Trace, KnowsEveryMsr() ? 'a' : 'x');
    } __except (IsCode(GetExceptionInformation(), STATUS_PRIVILEGED_INSTRUCTION)) {
        Put(Trace, 'a');
    }
}

static APART VOID CodeOfNonCanonical(TRACE *Trace)
{
    __try {
        Read(NONCANONICAL);
    } __except (IsAccess(GetExceptionInformation(), 0, MAXULONG64)) {
        Put(Trace, 'a');
    }
    __try {
        Write(NONCANONICAL);
    } __except (IsAccess(GetExceptionInformation(), 0, MAXULONG64)) {
        Put(Trace, 'b');
    }
}

/* Below DISPATCH_LEVEL only. */
static APART VOID CodeOfUserAddress(TRACE *Trace)
{
    __try {
        Read(USER_ADDRESS);
    } __except (IsAccess(GetExceptionInformation(), 0, USER_ADDRESS)) {
        Put(Trace, 'a');
    }
    __try {
        Write(0);
    } __except (IsAccess(GetExceptionInformation(), 1, 0)) {
        Put(Trace, 'b');
    }
}

/* Below DISPATCH_LEVEL only: the fault is in the kernel, the handler is here. */
static APART VOID FaultInKernel(TRACE *Trace)
{
    UCHAR Buffer[40];

    __try {
        RtlCopyMemory(Buffer, (const VOID *)USER_ADDRESS, sizeof(Buffer));
    } __except (IsAccess(GetExceptionInformation(), 0, USER_ADDRESS)) {
        Put(Trace, 'a');
    }
}

/* Below DISPATCH_LEVEL only. */
static APART VOID Probes(TRACE *Trace)
{
    __try {
        ProbeForRead((PVOID)USER_ADDRESS, 8, 8);
        ProbeForRead(NULL, 0, 1);
        ProbeForWrite((PVOID)MAXULONG64, 0, 1);
        Put(Trace, 'a');
        ProbeForRead((PVOID)(USER_ADDRESS + 4), 8, 8);
    } __except (IsCode(GetExceptionInformation(), STATUS_DATATYPE_MISALIGNMENT)) {
        Put(Trace, 'b');
    }
    __try {
        ProbeForRead((PVOID)(MM_USER_PROBE_ADDRESS - 8), 16, 8);
    } __except (IsCode(GetExceptionInformation(), STATUS_ACCESS_VIOLATION)) {
        Put(Trace, 'c');
    }
    __try {
        ProbeForRead((PVOID)USER_ADDRESS, MAXULONG64, 1);
    } __except (IsCode(GetExceptionInformation(), STATUS_ACCESS_VIOLATION)) {
        Put(Trace, 'd');
    }
    __try {
        ProbeForWrite((PVOID)USER_ADDRESS, 8, 8); /* QEMU's locked instructions read first */
    } __except (IsCode(GetExceptionInformation(), STATUS_ACCESS_VIOLATION)) {
        Put(Trace, 'e');
    }
}

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

static APART VOID RaisedStatus(TRACE *Trace)
{
    __try {
        ExRaiseStatus(STATUS_DEVICE_BUSY);
    } __except (IsCode(GetExceptionInformation(), STATUS_DEVICE_BUSY)) {
        Put(Trace, 'a');
    }
    __try {
        ExRaiseAccessViolation();
    } __except (IsCode(GetExceptionInformation(), STATUS_ACCESS_VIOLATION)) {
        Put(Trace, 'b');
    }
    __try {
        ExRaiseDatatypeMisalignment();
    } __except (IsCode(GetExceptionInformation(), STATUS_DATATYPE_MISALIGNMENT)) {
        Put(Trace, 'c');
    }
}

/* A filter that continues what must not be continued raises another exception. */
static APART VOID NotContinuable(TRACE *Trace)
{
    __try {
        __try {
            ExRaiseStatus(STATUS_DEVICE_BUSY);
            Put(Trace, 'x');
        } __except (GetExceptionCode() == (ULONG)STATUS_DEVICE_BUSY
                        ? Say(Trace, 'a', EXCEPTION_CONTINUE_EXECUTION)
                        : EXCEPTION_CONTINUE_SEARCH) {
            Put(Trace, 'x');
        }
    } __except (IsCode(GetExceptionInformation(), STATUS_NONCONTINUABLE_EXCEPTION)) {
        Put(Trace, 'b');
    }
}

static APART LONG HasParameters(TRACE *Trace, PEXCEPTION_POINTERS Pointers,
                                PEXCEPTION_RECORD Record)
{
    Put(Trace,
        Pointers->ExceptionRecord == Record && Record->ExceptionInformation[14] == 14 ? 'a' : 'x');
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* A software exception can be continued, behind the call. */
static APART VOID RaisedAndContinued(TRACE *Trace)
{
    EXCEPTION_RECORD Record = { .ExceptionCode = (NTSTATUS)0xE0000001, .NumberParameters = 15 };

    Record.ExceptionInformation[14] = 14;
    __try {
        RtlRaiseException(&Record);
        Put(Trace, 'b');
    } __except (HasParameters(Trace, GetExceptionInformation(), &Record)) {
        Put(Trace, 'x');
    }
    Put(Trace, Record.ExceptionAddress != NULL ? 'c' : 'x');
}

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
