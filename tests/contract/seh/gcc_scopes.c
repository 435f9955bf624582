/* SPDX-License-Identifier: MIT */
/*
 * A1: exceptions of a compiler without __try, by scope tables written by hand and mingw-w64's
 * __try1: every nonvolatile register comes back from every kind of frame, at every IRQL and in the
 * routine.
 */
#include "everywhere.h"

#include <setjmp.h>

typedef struct _RUNTIME_FUNCTION *PRUNTIME_FUNCTION;

NTSYSAPI VOID NTAPI RtlCaptureContext(PCONTEXT Context);
NTSYSAPI VOID NTAPI RtlRestoreContext(PCONTEXT Context, PEXCEPTION_RECORD Record);
NTSYSAPI PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 ControlPc, PULONG64 ImageBase,
                                                        PVOID HistoryTable);
NTSYSAPI PVOID NTAPI RtlVirtualUnwind(ULONG HandlerType, ULONG64 ImageBase, ULONG64 ControlPc,
                                      PRUNTIME_FUNCTION Function, PCONTEXT Context,
                                      PVOID *HandlerData, PULONG64 EstablisherFrame,
                                      PVOID ContextPointers);

typedef LONG FILTER(PEXCEPTION_POINTERS Pointers, PVOID Context);

/* gcc_frames.S */
ULONG Guard(VOID *Routine, VOID *Argument, FILTER *Filter, PVOID Context);
VOID Finally(VOID *Routine, VOID *Argument, TRACE *Trace);
VOID LeaveByJump(TRACE *Trace);
ULONG Keep(VOID (*Routine)(VOID));
VOID TrashPushed(VOID);
VOID TrashSaved(VOID);
VOID TrashDynamic(VOID);
VOID TrashProlog(VOID);
VOID TrashLeaf(VOID);
ULONG TouchStack(VOID);

/* The filter and the termination handlers of those functions. */

LONG GuardFilter(PEXCEPTION_POINTERS Pointers, ULONG64 Frame)
{
    FILTER *Filter = *(FILTER **)(Frame - 0x08);

    return Filter != NULL ? Filter(Pointers, *(PVOID *)(Frame - 0x10)) : EXCEPTION_EXECUTE_HANDLER;
}

VOID FinallyHandler(BOOLEAN Abnormal, ULONG64 Frame)
{
    Put(*(TRACE **)(Frame + 0x20), Abnormal ? 'F' : 'f');
}

VOID InnerHandler(BOOLEAN Abnormal, ULONG64 Frame)
{
    Put(*(TRACE **)(Frame + 0x30), Abnormal ? 'I' : 'i');
}

VOID OuterHandler(BOOLEAN Abnormal, ULONG64 Frame)
{
    Put(*(TRACE **)(Frame + 0x30), Abnormal ? 'O' : 'o');
}

/* The cases. */

static APART VOID RegistersComeBack(TRACE *Trace)
{
    static VOID (*const Routines[])(VOID) = { TrashPushed, TrashSaved, TrashDynamic, TrashProlog,
                                              TrashLeaf };

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Routines); Index++) {
        Put(Trace, Keep(Routines[Index]) ? (CHAR)('a' + Index) : 'x');
    }
}

static APART VOID NoException(TRACE *Trace)
{
    Finally(TouchStack, NULL, Trace);
    Put(Trace, Guard(TouchStack, NULL, NULL, NULL) == 0 ? 'a' : 'x');
    Put(Trace, TouchStack() ? 'b' : 'x');
}

typedef struct _BOTH {
    TRACE *Trace;
    VOID (*Routine)(VOID);
} BOTH;

static APART VOID FinallyAround(BOTH *Both)
{
    Finally(Both->Routine, NULL, Both->Trace);
    Put(Both->Trace, 'x');
}

static LONG SayFiltered(PEXCEPTION_POINTERS Pointers, PVOID Context)
{
    Put(Context,
        Pointers->ExceptionRecord->ExceptionCode == STATUS_ILLEGAL_INSTRUCTION ? 'a' : 'x');
    return EXCEPTION_EXECUTE_HANDLER;
}

static APART VOID FilterBeforeFinally(TRACE *Trace)
{
    BOTH Both = { Trace, TrashPushed };

    Put(Trace, Guard(FinallyAround, &Both, SayFiltered, Trace) == (ULONG)STATUS_ILLEGAL_INSTRUCTION
                   ? 'b'
                   : 'x');
}

/* A jump out of the inner scope runs the inner termination handler only; the outer one ends by
 * itself. */
static APART VOID LocalUnwind(TRACE *Trace)
{
    LeaveByJump(Trace);
}

/* Below DISPATCH_LEVEL only: a call to where nothing is. */
static LONG IsExecution(PEXCEPTION_POINTERS Pointers, PVOID Context)
{
    PEXCEPTION_RECORD Record = Pointers->ExceptionRecord;

    Put(Context, Record->ExceptionCode == STATUS_ACCESS_VIOLATION &&
                         Record->ExceptionAddress == NULL && Record->ExceptionInformation[1] == 0
                     ? 'a'
                     : 'x');
    return EXCEPTION_EXECUTE_HANDLER;
}

static APART VOID CallOfNothing(TRACE *Trace)
{
    Put(Trace, Guard(NULL, NULL, IsExecution, Trace) == (ULONG)STATUS_ACCESS_VIOLATION ? 'b' : 'x');
}

typedef struct _JUMP {
    jmp_buf Buffer;
    TRACE *Trace;
    volatile ULONG Turn;
} JUMP;

static APART VOID JumpBack(JUMP *Jump)
{
    longjmp(Jump->Buffer, (int)++Jump->Turn);
}

/* longjmp runs the termination handlers on its way. */
static APART VOID LongJump(TRACE *Trace)
{
    JUMP Jump = { .Trace = Trace };
    int Turn = setjmp(Jump.Buffer);

    Put(Jump.Trace, (CHAR)('a' + Turn));
    if (Turn < 2) {
        Finally(JumpBack, &Jump, Jump.Trace);
    }
}

/* Without a frame to go to it does not. */
static APART VOID ShortJump(TRACE *Trace)
{
    JUMP Jump = { .Trace = Trace };
    int Turn = _setjmp(Jump.Buffer, NULL);

    Put(Jump.Trace, (CHAR)('a' + Turn));
    if (Turn < 2) {
        Finally(JumpBack, &Jump, Jump.Trace);
    }
}

static APART VOID Restore(TRACE *Trace)
{
    CONTEXT Context;
    volatile ULONG Turn = 0;

    RtlCaptureContext(&Context);
    Put(Trace, (CHAR)('a' + Turn++));
    if (Turn < 3) {
        RtlRestoreContext(&Context, NULL);
    }
}

/* A driver that walks the stack itself. */
static APART VOID Walk(TRACE *Trace)
{
    CONTEXT Context;
    ULONG64 ImageBase, Frame;
    PVOID Data;
    PRUNTIME_FUNCTION Function;

    RtlCaptureContext(&Context);
    Function = RtlLookupFunctionEntry(Context.Rip, &ImageBase, NULL);
    Put(Trace, Function != NULL ? 'a' : 'x');
    RtlVirtualUnwind(0, ImageBase, Context.Rip, Function, &Context, &Data, &Frame, NULL);
    Put(Trace, (PVOID)Context.Rip == __builtin_return_address(0) ? 'b' : 'x');
    Put(Trace,
        RtlLookupFunctionEntry(0x1234, &ImageBase, NULL) == NULL && ImageBase == 0 ? 'c' : 'x');
}

/* mingw-w64's own __try; one in a source, because of its labels. */
LONG __attribute__((used)) Try1Filter(PEXCEPTION_POINTERS Pointers, PVOID Frame);
LONG Try1Filter(PEXCEPTION_POINTERS Pointers, PVOID Frame)
{
    UNREFERENCED_PARAMETER(Frame);
    return Pointers->ExceptionRecord->ExceptionCode == STATUS_ILLEGAL_INSTRUCTION
               ? EXCEPTION_EXECUTE_HANDLER
               : EXCEPTION_CONTINUE_SEARCH;
}

static APART VOID Try1(TRACE *Trace)
{
    TRACE *volatile Kept = Trace; /* the compiler does not know that volatile registers change */

    Put(Kept, 'a');
    __try1(Try1Filter);
    __asm__ volatile("ud2" : : : "memory");
    __except1;
    Put(Kept, 'b');
}

static const CASE Cases[] = {
    { "RegistersComeBack", RegistersComeBack, "abcde", HIGH_LEVEL },
    { "NoException", NoException, "fab", HIGH_LEVEL },
    { "FilterBeforeFinally", FilterBeforeFinally, "aFb", HIGH_LEVEL },
    { "LocalUnwind", LocalUnwind, "Io", HIGH_LEVEL },
    { "CallOfNothing", CallOfNothing, "ab", APC_LEVEL },
    { "LongJump", LongJump, "aFbFc", HIGH_LEVEL },
    { "ShortJump", ShortJump, "abc", HIGH_LEVEL },
    { "Restore", Restore, "abc", HIGH_LEVEL },
    { "Walk", Walk, "abc", HIGH_LEVEL },
    { "Try1", Try1, "ab", HIGH_LEVEL },
};

#include "everywhere_run.h"
