/* SPDX-License-Identifier: MIT */
/*
 * ipi.h: what the rendezvous has beside the protocol: the recorder's side, and
 * the mark at which an exception of the routine ends.
 *
 * Each processor takes its own times into its own line, and the caller copies
 * all lines between the last Finished and Completed, when nobody writes them.
 * ipi.c compiles each side of the protocol twice from one source, with the
 * hooks and without, and tests KiRecording once per call: with recording off a
 * hook costs nothing.
 */
#pragma once

#include "ki.h"

/* FORCEINLINE for routines that use a file's static data. */
#define KI_INLINE static inline __attribute__((always_inline))

extern BOOLEAN KiRecording; /* set before the first driver starts, constant afterwards */

extern ULONG64 KiDriverCalls; /* so far; ipi.c counts them */

VOID KiRecordCall(PVOID Caller, ULONG64 Entered);

/*
 * KiMarkRoutine: make KiCallBoundary (exception_dispatch.c) the exception handler of the function
 * into which this is compiled: the one that calls the routine.  No instruction; but it stands at the
 * beginning, because the compiler does not duplicate a block that has it.
 */
FORCEINLINE VOID KiMarkRoutine(VOID)
{
    __asm__ inline volatile(".seh_handler KiCallBoundary, @except, @unwind");
}

FORCEINLINE VOID KiRecordArrived(PKI_CALL_LINE Line, BOOLEAN Record)
{
    if (Record) {
        Line->ArrivedTime = HalReadCounter();
    }
}

FORCEINLINE VOID KiRecordStarted(PKI_CALL_LINE Line, BOOLEAN Record)
{
    if (Record) {
        Line->Irql = HalGetIrql();
        Line->StartedTime = HalReadCounter();
    }
}

FORCEINLINE VOID KiRecordFinished(PKI_CALL_LINE Line, ULONG_PTR Result, BOOLEAN Record)
{
    if (Record) {
        Line->FinishedTime = HalReadCounter();
        Line->Result = Result;
    }
}
