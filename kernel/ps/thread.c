/* SPDX-License-Identifier: MIT */
/*
 * thread.c: system threads as objects: with an id, a handle and references.
 *
 * A thread object has one reference while the thread lives, which goes when
 * its stack has been freed, by the one thread that does nothing else.  All
 * threads that have one are in a list, for look-ups by id and for the drivers
 * that leave a thread behind.
 */
#include "psp.h"

static LIST_ENTRY PspThreads = {&PspThreads, &PspThreads};
static ULONG64 PspThreadLock;
static ULONG64 PspNextId = 4; /* the system process's */

const OBP_TYPE PspThreadType = {
    .Self = &PspThreadType,
    .Tag = 0x72685450u, /* 'PThr' in memory */
    .CanWait = TRUE,
};
const OBP_TYPE *PsThreadType = &PspThreadType;

/* PspThreadStartup: the first thing a new thread does on its own: its routine, then its end. */
DECLSPEC_NORETURN VOID PspThreadStartup(VOID)
{
    PETHREAD Thread = (PETHREAD)KiGetCurrentThread();

    Thread->StartRoutine(Thread->StartContext);
    PspExit(STATUS_SUCCESS);
}

/* PspInsert: give a thread its id, and the list a thread. */
static VOID PspInsert(PETHREAD Thread)
{
    BOOLEAN Enabled = KiLockWord(&PspThreadLock);

    PspNextId += 4;
    Thread->Id = (HANDLE)PspNextId;
    InsertTailList(&PspThreads, &Thread->Link);
    KiUnlockWord(&PspThreadLock, Enabled);
}

/* PspRemove: the thread is dead, and its stack free. */
static VOID PspRemove(PETHREAD Thread)
{
    BOOLEAN Enabled = KiLockWord(&PspThreadLock);

    RemoveEntryList(&Thread->Link);
    KiUnlockWord(&PspThreadLock, Enabled);
    ObfDereferenceObject(Thread);
}

/* PspReap: free what threads leave behind, for ever. */
static VOID NTAPI PspReap(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (;;) {
        PETHREAD Thread = (PETHREAD)KiAwaitDeadThread();

        MmDeleteStack(Thread->Tcb.InitialStack, KI_STACK_SIZE);
        PspRemove(Thread);
    }
}

VOID PspInitialize(VOID)
{
    if (PsStartThread(PspReap, NULL) == NULL) {
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, 0x20, (ULONG_PTR)STATUS_INSUFFICIENT_RESOURCES,
                     0, 0);
    }
}

/* PspCreateThread: a thread that does not run yet, with one reference.  => NULL: memory is short. */
static PETHREAD PspCreateThread(PKSTART_ROUTINE Routine, PVOID Context)
{
    PETHREAD Thread = ObpCreateObject(&PspThreadType, sizeof(*Thread));
    PVOID Stack = Thread != NULL ? MmCreateStack(KI_STACK_SIZE) : NULL;

    if (Stack == NULL) {
        if (Thread != NULL) {
            ObfDereferenceObject(Thread);
        }
        return NULL;
    }
    KiInitializeThread(&Thread->Tcb, Stack, (PUCHAR)Stack - KI_STACK_SIZE);
    KiPrepareThread(&Thread->Tcb);
    Thread->Tcb.Process = PsInitialSystemProcess;
    Thread->StartRoutine = Routine;
    Thread->StartContext = Context;
    PspInsert(Thread);
    return Thread;
}

PKTHREAD PsStartThread(PKSTART_ROUTINE Routine, PVOID Context)
{
    PETHREAD Thread = PspCreateThread(Routine, Context);

    if (Thread != NULL) {
        KiStartThread(&Thread->Tcb); /* of the kernel's own: no driver is told */
    }
    return &Thread->Tcb;
}

/*
 * PsCreateSystemThread: start a thread of the system process.
 *
 * => DesiredAccess is not checked; ObjectAttributes: only OBJ_KERNEL_HANDLE is looked at.
 * => ProcessHandle: NULL, the current process's, or one of the system process; else
 *    STATUS_NOT_SUPPORTED, for there is no other process that could be meant.
 * => The handle must be closed (ZwClose).  STATUS_INSUFFICIENT_RESOURCES.
 * => PASSIVE_LEVEL.
 * => Reference: "PsCreateSystemThread function (wdm.h)".
 */
NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                    POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                    PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                    PVOID StartContext)
{
    PETHREAD Thread;
    NTSTATUS Status = PspCheckProcessHandle(ProcessHandle);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Thread = PspCreateThread(StartRoutine, StartContext);
    if (Thread == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Status = ObpOpenHandle(Thread, DesiredAccess,
                           ObjectAttributes != NULL ? ObjectAttributes->Attributes : 0,
                           ThreadHandle);
    if (!NT_SUCCESS(Status)) {
        MmDeleteStack(Thread->Tcb.InitialStack, KI_STACK_SIZE);
        PspRemove(Thread);
        return Status;
    }
    if (ClientId != NULL) {
        ClientId->UniqueProcess = PsGetProcessId(PsInitialSystemProcess);
        ClientId->UniqueThread = Thread->Id;
    }
    PspNotifyOfThread(Thread, TRUE);
    KiStartThread(&Thread->Tcb);
    return STATUS_SUCCESS;
}

/*
 * PspExit: end the current thread.
 *  => KERNEL_APC_PENDING_DURING_EXIT if it has raised the IRQL, or is in a critical region.
 */
DECLSPEC_NORETURN VOID PspExit(NTSTATUS Status)
{
    PETHREAD Thread = (PETHREAD)KiGetCurrentThread();
    KIRQL Irql = HalGetIrql();

    if (Irql != PASSIVE_LEVEL || Thread->Tcb.KernelApcDisable != 0 ||
        Thread->Tcb.SpecialApcDisable != 0) {
        KiBugCheckText("no APC, the count of disabled APCs, the IRQL, the thread's routine",
                       KERNEL_APC_PENDING_DURING_EXIT, 0,
                       (ULONG)(Thread->Tcb.KernelApcDisable + Thread->Tcb.SpecialApcDisable), Irql,
                       (ULONG_PTR)Thread->StartRoutine, (ULONG64)Thread->StartRoutine, NULL);
    }
    Thread->ExitStatus = Status;
    KiStoreRelaxed(&Thread->Terminating, TRUE); /* read by PsIsThreadTerminating */
    PspNotifyOfThread(Thread, FALSE);
    KiRefuseApcs(&Thread->Tcb);
    KiTerminateThread();
}

/*
 * PsTerminateSystemThread: end the current thread, which PsCreateSystemThread has started.
 *
 * => Does not return; STATUS_INVALID_PARAMETER in a thread that is not a driver's.
 * => PASSIVE_LEVEL.
 * => Reference: "PsTerminateSystemThread function (wdm.h)".
 */
NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    if (!MmIsDriverAddress((PVOID)((PETHREAD)KiGetCurrentThread())->StartRoutine)) {
        return STATUS_INVALID_PARAMETER;
    }
    PspExit(ExitStatus);
}

/*
 * PsLookupThreadByThreadId: find a thread, and take a reference.
 *
 * => STATUS_INVALID_PARAMETER if there is none of that id.
 * => PASSIVE_LEVEL.
 * => Reference: "PsLookupThreadByThreadId function (ntifs.h)".
 */
NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread)
{
    BOOLEAN Enabled = KiLockWord(&PspThreadLock);
    NTSTATUS Status = STATUS_INVALID_PARAMETER;

    for (PLIST_ENTRY Link = PspThreads.Flink; Link != &PspThreads; Link = Link->Flink) {
        PETHREAD Found = CONTAINING_RECORD(Link, struct _ETHREAD, Link);

        if (Found->Id == ThreadId) {
            ObfReferenceObject(Found);
            *Thread = Found;
            Status = STATUS_SUCCESS;
            break;
        }
    }
    KiUnlockWord(&PspThreadLock, Enabled);
    return Status;
}

PETHREAD PspFindThreadOf(PVOID Base, SIZE_T Size)
{
    BOOLEAN Enabled = KiLockWord(&PspThreadLock);
    PETHREAD Thread = NULL;

    for (PLIST_ENTRY Link = PspThreads.Flink; Link != &PspThreads; Link = Link->Flink) {
        PETHREAD Found = CONTAINING_RECORD(Link, struct _ETHREAD, Link);

        if ((ULONG_PTR)Found->StartRoutine - (ULONG_PTR)Base < Size &&
            KiLoadAcquire(&Found->Tcb.Header.SignalState) == 0) { /* stored by KiTerminateThread */
            Thread = Found;
            break;
        }
    }
    KiUnlockWord(&PspThreadLock, Enabled);
    return Thread;
}

ULONG PspListThreads(PSP_THREAD *Threads, ULONG Limit)
{
    BOOLEAN Enabled = KiLockWord(&PspThreadLock);
    ULONG Count = 0;

    for (PLIST_ENTRY Link = PspThreads.Flink; Link != &PspThreads; Link = Link->Flink) {
        PETHREAD Thread = CONTAINING_RECORD(Link, struct _ETHREAD, Link);

        if (Count < Limit) {
            Threads[Count].Id = Thread->Id;
            Threads[Count].StartRoutine = (PVOID)(ULONG_PTR)Thread->StartRoutine;
            Threads[Count].Priority = KiLoadRelaxed(&Thread->Tcb.Priority); /* a snapshot */
            Threads[Count].BasePriority = KiLoadRelaxed(&Thread->Tcb.BasePriority);
            Threads[Count].State = KiLoadRelaxed(&Thread->Tcb.State);
        }
        Count++;
    }
    KiUnlockWord(&PspThreadLock, Enabled);
    return Count;
}

/* PsGetCurrentThread: inline in the headers; here for who imports it.  Any IRQL. */
PETHREAD NTAPI PsGetCurrentThread(VOID)
{
    return (PETHREAD)KiGetCurrentThread();
}

/* PsGetThreadId: "PsGetThreadId function (ntddk.h)".  Any IRQL; 0 for an idle thread. */
HANDLE NTAPI PsGetThreadId(PETHREAD Thread)
{
    return Thread->Id;
}

/* PsGetCurrentThreadId: "PsGetCurrentThreadId function (ntddk.h)".  Any IRQL. */
HANDLE NTAPI PsGetCurrentThreadId(VOID)
{
    return ((PETHREAD)KiGetCurrentThread())->Id;
}

/* PsGetThreadProcess: the system process.  No reference page; public drivers declare it. */
PEPROCESS NTAPI PsGetThreadProcess(PETHREAD Thread)
{
    return Thread->Tcb.Process;
}

/* IoThreadToProcess: "IoThreadToProcess function (ntddk.h)". */
PEPROCESS NTAPI IoThreadToProcess(PETHREAD Thread)
{
    return Thread->Tcb.Process;
}

/* PsGetCurrentThreadProcess: no reference page; public drivers declare it. */
PEPROCESS NTAPI PsGetCurrentThreadProcess(VOID)
{
    return KiGetCurrentThread()->Process;
}

/* PsGetThreadProcessId: "PsGetThreadProcessId function (ntddk.h)". */
HANDLE NTAPI PsGetThreadProcessId(PETHREAD Thread)
{
    return PsGetProcessId(Thread->Tcb.Process);
}

/* PsGetCurrentThreadProcessId: no reference page; public drivers declare it. */
HANDLE NTAPI PsGetCurrentThreadProcessId(VOID)
{
    return PsGetProcessId(KiGetCurrentThread()->Process);
}

/* PsIsSystemThread: every thread is one.  "PsIsSystemThread function (ntifs.h)". */
BOOLEAN NTAPI PsIsSystemThread(PETHREAD Thread)
{
    UNREFERENCED_PARAMETER(Thread);
    return TRUE;
}

/* PsIsThreadTerminating: "PsIsThreadTerminating function (ntifs.h)". */
BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD Thread)
{
    return KiLoadRelaxed(&Thread->Terminating); /* stored by PspExit */
}

/* PsGetThreadExitStatus: STATUS_PENDING while it lives.  "PsGetThreadExitStatus", ntifs.h. */
NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread)
{
    return KiLoadRelaxed(&Thread->Terminating) ? Thread->ExitStatus : STATUS_PENDING;
}
