/* SPDX-License-Identifier: MIT */
/* process.c: the one process there is, the system's. */
#include "psp.h"

#define PSP_SYSTEM_ID 4 /* as on Windows */

/* Opaque to drivers ("Process object"). */
struct _EPROCESS {
    DISPATCHER_HEADER Header;
    HANDLE Id;
};

const OBP_TYPE PspProcessType = {
    .Self = &PspProcessType,
    .Tag = 0x6F725050u, /* 'PPro' in memory */
    .CanWait = TRUE,
};
const OBP_TYPE *PsProcessType = &PspProcessType;

static struct {
    OBP_HEADER Header;
    struct _EPROCESS Process;
} PspSystem = {
    .Header = {.Type = &PspProcessType, .References = 1},
    .Process = {
        .Header = {
            .Type = KiProcess,
            .WaitListHead = {&PspSystem.Process.Header.WaitListHead,
                             &PspSystem.Process.Header.WaitListHead},
        },
        .Id = (HANDLE)(ULONG_PTR)PSP_SYSTEM_ID,
    },
};

PEPROCESS PsInitialSystemProcess = &PspSystem.Process;

NTSTATUS PspCheckProcessHandle(HANDLE Handle)
{
    PVOID Process;
    NTSTATUS Status;

    if (Handle == NULL) {
        return STATUS_SUCCESS;
    }
    Status = ObReferenceObjectByHandle(Handle, 0, (POBJECT_TYPE)&PspProcessType, KernelMode,
                                       &Process, NULL);
    if (NT_SUCCESS(Status)) {
        ObfDereferenceObject(Process);
    }
    return Status;
}

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
    return Process->Id;
}

/* PsGetCurrentProcessId: ["PsGetCurrentProcessId function (ntddk.h)"] */
HANDLE NTAPI PsGetCurrentProcessId(VOID)
{
    return PsGetProcessId(IoGetCurrentProcess());
}

/*
 * PsLookupProcessByProcessId: find a process, and take a reference.
 * ["PsLookupProcessByProcessId function (ntifs.h)"]
 * => STATUS_INVALID_PARAMETER if there is none of that id.  IRQL <= APC_LEVEL.
 */
NTSTATUS NTAPI PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process)
{
    if (ProcessId != PsInitialSystemProcess->Id) {
        return STATUS_INVALID_PARAMETER;
    }
    ObfReferenceObject(PsInitialSystemProcess);
    *Process = PsInitialSystemProcess;
    return STATUS_SUCCESS;
}

/*
 * KeStackAttachProcess: attach the current thread to a process's address space.
 * ["KeStackAttachProcess function (ntifs.h)"]
 * => there is one process only, whose space every thread sees: nothing changes
 */
VOID NTAPI KeStackAttachProcess(PKPROCESS Process, PKAPC_STATE ApcState)
{
    UNREFERENCED_PARAMETER(Process);
    RtlZeroMemory(ApcState, sizeof(*ApcState));
    ApcState->Process = (PKPROCESS)PsInitialSystemProcess;
}

/* KeUnstackDetachProcess: the end of that.  ["KeUnstackDetachProcess function (ntifs.h)"] */
VOID NTAPI KeUnstackDetachProcess(PKAPC_STATE ApcState)
{
    UNREFERENCED_PARAMETER(ApcState);
}
