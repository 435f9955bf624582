/* SPDX-License-Identifier: MIT */
/* process.c: the one process there is, the system's. */
#include "../ke/ki.h"

#define PSP_SYSTEM_ID 4 /* as on Windows */

/* Opaque to drivers ("Process object"). */
struct _KPROCESS {
    DISPATCHER_HEADER Header;
    HANDLE Id;
};

static struct _KPROCESS PspSystemProcess = { .Id = (HANDLE)(ULONG_PTR)PSP_SYSTEM_ID };

PEPROCESS PsInitialSystemProcess = (PEPROCESS)&PspSystemProcess;

/*
 * IoGetCurrentProcess: the process of the current thread.
 * ["IoGetCurrentProcess function (wdm.h)", "PsGetCurrentProcess macro (ntddk.h)"]
 * => every thread is the system process's.  Any IRQL.
 */
PEPROCESS NTAPI IoGetCurrentProcess(VOID)
{
    return PsInitialSystemProcess;
}

/* PsGetProcessId: ["PsGetProcessId function (ntifs.h)"] */
HANDLE NTAPI PsGetProcessId(PEPROCESS Process)
{
    return ((struct _KPROCESS *)Process)->Id;
}

/* PsGetCurrentProcessId: ["PsGetCurrentProcessId function (ntddk.h)"] */
HANDLE NTAPI PsGetCurrentProcessId(VOID)
{
    return PsGetProcessId(IoGetCurrentProcess());
}
