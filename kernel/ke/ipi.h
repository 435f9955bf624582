/* SPDX-License-Identifier: MIT */
/*
 * ipi.h: the recorder's side of the rendezvous.
 *
 * Each processor takes its own times into its own line, and the caller copies
 * all lines between the last Finished and Completed, when nobody writes them.
 * With recording off each hook is a test of one read-only flag.
 */
#pragma once

#include "ki.h"

extern BOOLEAN KiRecording; /* set before the first driver starts, constant afterwards */

ULONG64 KiRecordCallBegun(VOID);
VOID KiRecordCallEnded(PVOID Caller, ULONG64 Entered, ULONG Count);

FORCEINLINE VOID KiRecordArrived(PKI_CALL_LINE Line)
{
    if (KiRecording) {
        Line->ArrivedTime = HalReadCounter();
    }
}

FORCEINLINE VOID KiRecordStarted(PKI_CALL_LINE Line)
{
    if (KiRecording) {
        Line->Irql = HalGetIrql();
        Line->StartedTime = HalReadCounter();
    }
}

FORCEINLINE VOID KiRecordFinished(PKI_CALL_LINE Line, ULONG_PTR Result)
{
    if (KiRecording) {
        Line->FinishedTime = HalReadCounter();
        Line->Result = Result;
    }
}

/* => the time at which a driver's call was entered. */
FORCEINLINE ULONG64 KiRecordEntered(PVOID Caller)
{
    return KiRecording && Caller != NULL ? HalReadCounter() : 0;
}

/* => the number of a driver's call, 0 of the kernel's own.  The caller's turn has come. */
FORCEINLINE ULONG64 KiRecordBegun(PVOID Caller)
{
    return Caller != NULL ? KiRecordCallBegun() : 0;
}

/* All have finished: keep the call.  Still the caller's turn. */
FORCEINLINE VOID KiRecordCall(PVOID Caller, ULONG64 Entered, ULONG Count)
{
    if (KiRecording && Caller != NULL) {
        KiRecordCallEnded(Caller, Entered, Count);
    }
}
