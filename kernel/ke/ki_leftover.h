/* SPDX-License-Identifier: MIT */
/*
 * ki_leftover.h: what a driver may leave behind with the kernel (io/leftover.c).
 *
 * Each: => a routine in that memory that is still registered or queued (of a bug check callback: the
 * record that lies there), or NULL.  PASSIVE_LEVEL.
 */
#pragma once

#include "ki.h"

PVOID KiFindNmiCallbackIn(PVOID Base, SIZE_T Size);      /* nmi.c */
PVOID KiFindChangeCallbackIn(PVOID Base, SIZE_T Size);   /* processor_change.c */
PVOID KiFindBugCheckCallbackIn(PVOID Base, SIZE_T Size); /* bugcheck_callback.c */
PVOID ExFindWorkItemIn(PVOID Base, SIZE_T Size);         /* ex/work_item.c */
PVOID ExFindCallbackIn(PVOID Base, SIZE_T Size);         /* ex/callback.c */

/* ExReportLeaks: tell the tool, by tag, which pool the driver there has not freed.  ex/pool_leak.c */
VOID ExReportLeaks(PVOID Base, SIZE_T Size, const CHAR *Name);
