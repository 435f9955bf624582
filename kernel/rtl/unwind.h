/* SPDX-License-Identifier: MIT */
/*
 * unwind.h: x64 unwinding, as "x64 exception handling" describes it: the
 * types that mingw-w64's DDK lacks, and the engine behind the exports.
 */
#pragma once

#include "nt.h"

/* An entry of .pdata; addresses relative to the image. */
typedef struct _RUNTIME_FUNCTION {
    ULONG BeginAddress;
    ULONG EndAddress;
    ULONG UnwindData;
} RUNTIME_FUNCTION, *PRUNTIME_FUNCTION;

#define UNW_FLAG_NHANDLER  0x0
#define UNW_FLAG_EHANDLER  0x1
#define UNW_FLAG_UHANDLER  0x2
#define UNW_FLAG_CHAININFO 0x4

/* Where an unwind found the nonvolatile registers; NULL = not touched. */
typedef struct _KNONVOLATILE_CONTEXT_POINTERS {
    PM128A FloatingContext[16];
    PULONG64 IntegerContext[16];
} KNONVOLATILE_CONTEXT_POINTERS, *PKNONVOLATILE_CONTEXT_POINTERS;

/* Copies Size bytes (at most 16) of memory that may not be there.  => FALSE: it is not. */
typedef BOOLEAN RTLP_READ(ULONG64 Address, PVOID Value, ULONG Size);

/* One unwind, and what it found. */
typedef struct _RTLP_UNWIND {
    PCONTEXT Context;
    RTLP_READ *Read;
    PKNONVOLATILE_CONTEXT_POINTERS Pointers; /* or NULL */
    BOOLEAN Called;  /* Context->Rip is a return address: so it lies in no epilog; kept up to date */
    ULONG64 EstablisherFrame;
    BOOLEAN MachineFrame; /* an interrupt entered the function: Context is the interrupted code's */
    BOOLEAN ErrorCode;    /* .. with an error code on the stack, which means an exception (hal.h) */
    ULONG64 HandlerData; /* where the unwind information's handler field lies .. */
    ULONG Flags; /* .. and UNW_FLAG_xHANDLER if that handler is to be called for this address */
} RTLP_UNWIND;

/*
 * RtlpFindFunction: find the entry of .pdata for an address.
 *
 * => FALSE: there is none, the address is in a leaf function or in no image.
 * => Any IRQL; reads only what Read can read.
 */
BOOLEAN RtlpFindFunction(ULONG64 Address, RTLP_READ *Read, PULONG64 ImageBase, PULONG64 Entry,
                         RUNTIME_FUNCTION *Function);

/*
 * RtlpUnwindFunction: change Unwind->Context from inside a function to its caller.
 *
 * => FALSE: a read has failed or the unwind information makes no sense; Context is undefined then.
 */
BOOLEAN RtlpUnwindFunction(RTLP_UNWIND *Unwind, ULONG64 ImageBase,
                           const RUNTIME_FUNCTION *Function);

/* RtlpUnwindLeaf: the same for a function that has not touched the stack and has no entry. */
BOOLEAN RtlpUnwindLeaf(RTLP_UNWIND *Unwind);

/* RtlpReadSafely: an RTLP_READ that asks the page tables first.  Any IRQL, NMI included. */
RTLP_READ RtlpReadSafely;

/*
 * RtlpUnwindFrame: the step that fits the address: function, or leaf if Leaf allows it.
 *
 * => FALSE: there is no caller, or none that can be found.
 */
BOOLEAN RtlpUnwindFrame(RTLP_UNWIND *Unwind, BOOLEAN Leaf);

PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 ControlPc, PULONG64 ImageBase,
                                               PVOID HistoryTable);
PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage);
