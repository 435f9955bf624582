/* SPDX-License-Identifier: MIT */
/*
 * debugger.c: what drivers ask about a kernel debugger.  There is none: gdb
 * attaches to the machine, not to the system in it.
 */
#include "ki.h"

#undef KdDebuggerEnabled
#undef KdDebuggerNotPresent
#undef DbgBreakPoint

BOOLEAN KdDebuggerEnabled = FALSE;
BOOLEAN KdDebuggerNotPresent = TRUE;

/* KdRefreshDebuggerNotPresent: "KdRefreshDebuggerNotPresent function (wdm.h)".  Any IRQL. */
BOOLEAN NTAPI KdRefreshDebuggerNotPresent(VOID)
{
    KdDebuggerNotPresent = TRUE;
    return TRUE;
}

/* KdDisableDebugger: "KdDisableDebugger function (wdm.h)".  Any IRQL. */
NTSTATUS NTAPI KdDisableDebugger(VOID)
{
    return STATUS_DEBUGGER_INACTIVE;
}

/* KdEnableDebugger: "KdEnableDebugger function (wdm.h)".  Any IRQL. */
NTSTATUS NTAPI KdEnableDebugger(VOID)
{
    return STATUS_DEBUGGER_INACTIVE;
}

/* DbgBreakPoint: raise a breakpoint exception.  "DbgBreakPoint function (wdm.h)". */
VOID NTAPI DbgBreakPoint(VOID)
{
    __asm__ volatile("int3");
}

/* DbgBreakPointWithStatus: the same; a debugger would find Status in ECX. */
VOID NTAPI DbgBreakPointWithStatus(ULONG Status)
{
    __asm__ volatile("int3" : : "c"(Status));
}
