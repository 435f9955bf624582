/* SPDX-License-Identifier: MIT */
/*
 * ki_bugcheck.h: what the files of the bug check share.
 */
#pragma once

#include "ki.h"

#define KI_STACK_DEPTH 32 /* return addresses that a report shows of a processor */

/* bugcheck_callback.c: run what drivers have registered; every other processor is stopped. */
VOID KiRunBugCheckCallbacks(ULONG Code);

/*
 * nmi.c: offer an NMI to the drivers' callbacks.
 * => One of them has handled it.  Else Sent: it is one of HalSendNMI's.
 */
BOOLEAN KiOfferNmi(BOOLEAN *Sent);

/* bugcheck_report.c */
typedef struct _KI_BUG_CHECK {
    ULONG Code;
    KIRQL Irql;         /* before the bug check */
    ULONG64 Parameters[4];
    ULONG64 Address;
    const CHAR *Text;   /* names the parameters, NULL = as the code's page says */
    HAL_TRAP_FRAME *Frame;
} KI_BUG_CHECK;
VOID KiReportBugCheck(const KI_BUG_CHECK *BugCheck);
VOID KiReportSecondFault(const KI_BUG_CHECK *BugCheck, ULONG FirstCode);

/* stack.c */
/*
 * KiCaptureCaller: fill a frame with the registers of the code at Address that has called, over
 * some kernel functions, the caller of this routine.
 *  => If Address is not found on the stack: of the caller of this routine's caller.
 */
VOID KiCaptureCaller(PHAL_TRAP_FRAME Frame, ULONG64 Address);
/* KiCompleteFrame: find the nonvolatile registers of an interrupt's frame on this stack. */
VOID KiCompleteFrame(PHAL_TRAP_FRAME Frame);
/* KiWalkStack: collect the return addresses of a frame's code, Rip first.  => Their number. */
ULONG KiWalkStack(const HAL_TRAP_FRAME *Frame, ULONG64 *Stack, ULONG Limit);
