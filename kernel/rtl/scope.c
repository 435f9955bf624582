/* SPDX-License-Identifier: MIT */
/*
 * scope.c: __C_specific_handler, the handler of functions with __try.
 *
 * Its data is the function's scope table: for each __try, inner ones first,
 * where its block begins and ends, and
 *
 *   __except    the filter (a function, or the number EXCEPTION_EXECUTE_HANDLER), and where
 *               the __except block begins
 *   __finally   the termination handler, and 0
 *
 * A search calls the filters of the scopes around the place of the exception,
 * an unwind the termination handlers.  The index of the next scope is kept in
 * the dispatcher context meanwhile, where a collided unwind finds it.
 *
 * References: "x64 exception handling", "try-except Statement",
 * "try-finally Statement", "__C_specific_handler function".
 */
#include "exception.h"

typedef struct _SCOPE_RECORD {
    ULONG BeginAddress;
    ULONG EndAddress;
    ULONG HandlerAddress;
    ULONG JumpTarget;
} SCOPE_RECORD;

typedef struct _SCOPE_TABLE {
    ULONG Count;
    SCOPE_RECORD Records[];
} SCOPE_TABLE;

typedef LONG RTLP_FILTER(PEXCEPTION_POINTERS Pointers, PVOID EstablisherFrame);
typedef VOID RTLP_TERMINATION(BOOLEAN Abnormal, PVOID EstablisherFrame);

/* RtlpIsInScope: does an address, relative to the image, lie in a __try block? */
static BOOLEAN RtlpIsInScope(const SCOPE_RECORD *Scope, ULONG64 Address)
{
    return Address >= Scope->BeginAddress && Address < Scope->EndAddress;
}

/* RtlpFilter: what the filter of an __except says. */
static LONG RtlpFilter(const SCOPE_RECORD *Scope, PEXCEPTION_RECORD Record, PVOID EstablisherFrame,
                       PCONTEXT Context, const DISPATCHER_CONTEXT *Dispatcher)
{
    EXCEPTION_POINTERS Pointers = { .ExceptionRecord = Record, .ContextRecord = Context };

    if (Scope->HandlerAddress == EXCEPTION_EXECUTE_HANDLER) {
        return EXCEPTION_EXECUTE_HANDLER;
    }
    return ((RTLP_FILTER *)(Dispatcher->ImageBase + Scope->HandlerAddress))(&Pointers,
                                                                            EstablisherFrame);
}

/* RtlpSearchScopes: the search's side. */
static EXCEPTION_DISPOSITION RtlpSearchScopes(PEXCEPTION_RECORD Record, PVOID EstablisherFrame,
                                              PCONTEXT Context, PDISPATCHER_CONTEXT Dispatcher)
{
    const SCOPE_TABLE *Table = Dispatcher->HandlerData;
    ULONG64 Address = Dispatcher->ControlPc - Dispatcher->ImageBase;

    while (Dispatcher->ScopeIndex < Table->Count) {
        const SCOPE_RECORD *Scope = &Table->Records[Dispatcher->ScopeIndex];
        LONG Answer = EXCEPTION_CONTINUE_SEARCH;

        if (Scope->JumpTarget != 0 && RtlpIsInScope(Scope, Address)) {
            Answer = RtlpFilter(Scope, Record, EstablisherFrame, Context, Dispatcher);
        }
        if (Answer < 0) {
            return ExceptionContinueExecution;
        }
        if (Answer > 0) {
            RtlUnwindEx(EstablisherFrame, (PVOID)(Dispatcher->ImageBase + Scope->JumpTarget),
                        Record, (PVOID)(ULONG64)(ULONG)Record->ExceptionCode,
                        Dispatcher->ContextRecord, Dispatcher->HistoryTable);
        }
        Dispatcher->ScopeIndex++;
    }
    return ExceptionContinueSearch;
}

/*
 * RtlpIsTargetScope: does the unwind end in this frame, inside this scope or at its __except block?
 *
 * => Then neither its termination handler nor those of the scopes around it are to run.
 */
static BOOLEAN RtlpIsTargetScope(const SCOPE_RECORD *Scope, const EXCEPTION_RECORD *Record,
                                 const DISPATCHER_CONTEXT *Dispatcher)
{
    ULONG64 Target = Dispatcher->TargetIp - Dispatcher->ImageBase;

    return (Record->ExceptionFlags & EXCEPTION_TARGET_UNWIND) != 0 &&
           (RtlpIsInScope(Scope, Target) ||
            (Scope->JumpTarget != 0 && Scope->JumpTarget == Target));
}

/* RtlpTerminateScopes: the unwind's side. */
static EXCEPTION_DISPOSITION RtlpTerminateScopes(const EXCEPTION_RECORD *Record,
                                                 PVOID EstablisherFrame,
                                                 PDISPATCHER_CONTEXT Dispatcher)
{
    const SCOPE_TABLE *Table = Dispatcher->HandlerData;
    ULONG64 Address = Dispatcher->ControlPc - Dispatcher->ImageBase;

    while (Dispatcher->ScopeIndex < Table->Count) {
        const SCOPE_RECORD *Scope = &Table->Records[Dispatcher->ScopeIndex];

        Dispatcher->ScopeIndex++;
        if (!RtlpIsInScope(Scope, Address)) {
            continue;
        }
        if (RtlpIsTargetScope(Scope, Record, Dispatcher)) {
            break;
        }
        if (Scope->JumpTarget == 0) {
            ((RTLP_TERMINATION *)(Dispatcher->ImageBase + Scope->HandlerAddress))(TRUE,
                                                                                  EstablisherFrame);
        }
    }
    return ExceptionContinueSearch;
}

/*
 * __C_specific_handler: see above.
 *
 * => Any IRQL.
 */
EXCEPTION_DISPOSITION __C_specific_handler(PEXCEPTION_RECORD ExceptionRecord,
                                           PVOID EstablisherFrame, PCONTEXT ContextRecord,
                                           PDISPATCHER_CONTEXT DispatcherContext)
{
    if ((ExceptionRecord->ExceptionFlags & EXCEPTION_UNWIND) != 0) {
        return RtlpTerminateScopes(ExceptionRecord, EstablisherFrame, DispatcherContext);
    }
    return RtlpSearchScopes(ExceptionRecord, EstablisherFrame, ContextRecord, DispatcherContext);
}
