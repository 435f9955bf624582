/* SPDX-License-Identifier: MIT */
/* process.c: the one process there is, the system's. */
#include "psp.h"

#define PSP_SYSTEM_ID 4 /* as on Windows */

/* Opaque to drivers ("Process object"). */
struct _EPROCESS {
    DISPATCHER_HEADER Header;
    HANDLE Id;
    UCHAR ImageFileName[16];
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
        .ImageFileName = "System",
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
 * => STATUS_INVALID_CID if there is none of that id.  IRQL <= APC_LEVEL.
 */
NTSTATUS NTAPI PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process)
{
    if (ProcessId != PsInitialSystemProcess->Id) {
        return STATUS_INVALID_CID;
    }
    ObfReferenceObject(PsInitialSystemProcess);
    *Process = PsInitialSystemProcess;
    return STATUS_SUCCESS;
}

/* PsGetProcessImageFileName: 15 characters at most.  No reference page; public drivers declare it. */
PUCHAR NTAPI PsGetProcessImageFileName(PEPROCESS Process)
{
    return Process->ImageFileName;
}

/* PsGetProcessSessionId: session 0 is the system's.  No reference page; public drivers declare it. */
ULONG NTAPI PsGetProcessSessionId(PEPROCESS Process)
{
    UNREFERENCED_PARAMETER(Process);
    return 0;
}

/* PsGetProcessCreateTimeQuadPart: when it began.  ["PsGetProcessCreateTimeQuadPart", ntddk.h] */
LONGLONG NTAPI PsGetProcessCreateTimeQuadPart(PEPROCESS Process)
{
    UNREFERENCED_PARAMETER(Process);
    return (LONGLONG)KiStartTime();
}

/*
 * PsAcquireProcessExitSynchronization: keep a process from ending.
 * => always succeeds, for this one never ends.  No reference page; public drivers declare it.
 */
NTSTATUS NTAPI PsAcquireProcessExitSynchronization(PEPROCESS Process)
{
    UNREFERENCED_PARAMETER(Process);
    return STATUS_SUCCESS;
}

/* PsReleaseProcessExitSynchronization: the end of that. */
VOID NTAPI PsReleaseProcessExitSynchronization(PEPROCESS Process)
{
    UNREFERENCED_PARAMETER(Process);
}

/*
 * ZwOpenProcess: make a handle of a process.  ["ZwOpenProcess function (ntddk.h)"]
 * => STATUS_INVALID_PARAMETER_MIX: by a name, or not by an id; STATUS_INVALID_CID: there is no such
 *    process, or thread, if that is given, too.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI ZwOpenProcess(PHANDLE ProcessHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes, PCLIENT_ID ClientId)
{
    PETHREAD Thread;

    if (ClientId == NULL || (ObjectAttributes != NULL && ObjectAttributes->ObjectName != NULL)) {
        return STATUS_INVALID_PARAMETER_MIX;
    }
    if (ClientId->UniqueThread != NULL) {
        if (!NT_SUCCESS(PsLookupThreadByThreadId(ClientId->UniqueThread, &Thread))) {
            return STATUS_INVALID_CID;
        }
        ObfDereferenceObject(Thread);
    }
    if (ClientId->UniqueProcess != PsInitialSystemProcess->Id) {
        return STATUS_INVALID_CID;
    }
    return ObOpenObjectByPointer(PsInitialSystemProcess,
                                 ObjectAttributes != NULL ? ObjectAttributes->Attributes : 0, NULL,
                                 DesiredAccess, NULL, KernelMode, ProcessHandle);
}

/* NtOpenProcess: ZwOpenProcess under its other name; every caller is the kernel's. */
NTSTATUS NTAPI NtOpenProcess(PHANDLE ProcessHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes, PCLIENT_ID ClientId)
{
    return ZwOpenProcess(ProcessHandle, DesiredAccess, ObjectAttributes, ClientId);
}

/*
 * ZwTerminateProcess: end a process.  ["ZwTerminateProcess function (ntddk.h)"]
 * => STATUS_ACCESS_DENIED for the system process; STATUS_INVALID_HANDLE,
 *    STATUS_OBJECT_TYPE_MISMATCH.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI ZwTerminateProcess(HANDLE ProcessHandle, NTSTATUS ExitStatus)
{
    NTSTATUS Status = PspCheckProcessHandle(ProcessHandle);

    UNREFERENCED_PARAMETER(ExitStatus);
    return NT_SUCCESS(Status) ? STATUS_ACCESS_DENIED : Status;
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
