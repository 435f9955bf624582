/* SPDX-License-Identifier: MIT */
/*
 * notify.c: what drivers want to be told about processes, threads and images.
 *
 * A routine is called without a lock held; run-down protection keeps its place
 * until the last call has returned, so that a driver can be unloaded once it
 * has taken its routine back.  A place is free (NULL), taken (the routine), or
 * being given up (PSP_LEAVING).  Who calls reads the routine again when he has
 * the protection: before that the place may have become another routine's.
 *
 * Nobody starts a process, so the routines for processes wait in vain.  Every
 * system thread is announced but those that the kernel has started before the
 * first driver, and every driver's image before its DriverEntry.
 *
 * References: "PsSetCreateProcessNotifyRoutine function (ntddk.h)",
 * "PsSetCreateProcessNotifyRoutineEx function (ntddk.h)",
 * "PsSetCreateThreadNotifyRoutine function (ntddk.h)",
 * "PsSetLoadImageNotifyRoutine function (ntddk.h)".
 */
#include "psp.h"
#include "../mm/mi.h"

#define PSP_ROUTINES 64 /* of a kind */
#define PSP_LEAVING  ((PVOID)1)

/* "PSCREATETHREADNOTIFYTYPE enumeration (ntddk.h)", "PSCREATEPROCESSNOTIFYTYPE enumeration" */
#define PSP_THREADS_NON_SYSTEM 0
#define PSP_THREADS_SUBSYSTEMS 1
#define PSP_PROCESSES_SUBSYSTEMS 0

typedef struct _PSP_NOTIFICATION {
    PVOID Routine;
    BOOLEAN Quiet; /* it waits for what cannot happen here */
    EX_RUNDOWN_REF Calls;
} PSP_NOTIFICATION;

typedef enum _PSP_NOTIFY {
    PspNotifyProcess,
    PspNotifyProcessEx, /* with reasons */
    PspNotifyThread,
    PspNotifyImage,
    PspNotifyKinds
} PSP_NOTIFY;

static PSP_NOTIFICATION PspNotifications[PspNotifyKinds][PSP_ROUTINES];
static ULONG64 PspNotifyLock;

/* PspFindNotification: the place that holds Routine, NULL = none; the caller holds the lock. */
static PSP_NOTIFICATION *PspFindNotification(PSP_NOTIFY Kind, PVOID Routine)
{
    for (ULONG Index = 0; Index < PSP_ROUTINES; Index++) {
        if (PspNotifications[Kind][Index].Routine == Routine) {
            return &PspNotifications[Kind][Index];
        }
    }
    return NULL;
}

/* PspAddNotification: => FALSE: it is there already, or there are 64. */
static BOOLEAN PspAddNotification(PSP_NOTIFY Kind, PVOID Routine, BOOLEAN Quiet)
{
    BOOLEAN Enabled = KiLockWord(&PspNotifyLock);
    PSP_NOTIFICATION *Place = NULL;

    if (PspFindNotification(Kind, Routine) == NULL) {
        Place = PspFindNotification(Kind, NULL);
    }
    if (Place != NULL) {
        Place->Quiet = Quiet;
        KiStoreRelease(&Place->Routine, Routine); /* partner: PspEnterNotification */
    }
    KiUnlockWord(&PspNotifyLock, Enabled);
    return Place != NULL;
}

/*
 * PspRemoveNotification: take a routine back, and wait until no call of it runs.
 * => FALSE: nobody has registered it.  PASSIVE_LEVEL.
 */
static BOOLEAN PspRemoveNotification(PSP_NOTIFY Kind, PVOID Routine)
{
    BOOLEAN Enabled = KiLockWord(&PspNotifyLock);
    PSP_NOTIFICATION *Place = PspFindNotification(Kind, Routine);

    if (Place != NULL) {
        KiStoreRelease(&Place->Routine, PSP_LEAVING);
    }
    KiUnlockWord(&PspNotifyLock, Enabled);
    if (Place == NULL) {
        return FALSE;
    }
    ExWaitForRundownProtectionRelease(&Place->Calls);
    ExReInitializeRundownProtection(&Place->Calls);
    KiStoreRelease(&Place->Routine, NULL);
    return TRUE;
}

/* PspEnterNotification: => a place's routine, which stays until PspLeaveNotification, or NULL. */
static PVOID PspEnterNotification(PSP_NOTIFICATION *Place)
{
    PVOID Routine = KiLoadAcquire(&Place->Routine);

    if (Routine == NULL || Routine == PSP_LEAVING || !ExAcquireRundownProtection(&Place->Calls)) {
        return NULL;
    }
    Routine = KiLoadAcquire(&Place->Routine);
    if (Routine == NULL || Routine == PSP_LEAVING || Place->Quiet) {
        ExReleaseRundownProtection(&Place->Calls);
        return NULL;
    }
    return Routine;
}

static VOID PspLeaveNotification(PSP_NOTIFICATION *Place)
{
    ExReleaseRundownProtection(&Place->Calls);
}

VOID PspNotifyOfThread(PETHREAD Thread, BOOLEAN Create)
{
    HANDLE Process = PsGetThreadProcessId(Thread);

    for (ULONG Index = 0; Index < PSP_ROUTINES; Index++) {
        PSP_NOTIFICATION *Place = &PspNotifications[PspNotifyThread][Index];
        PCREATE_THREAD_NOTIFY_ROUTINE Routine =
            (PCREATE_THREAD_NOTIFY_ROUTINE)(ULONG_PTR)PspEnterNotification(Place);

        if (Routine != NULL) {
            Routine(Process, Thread->Id, Create);
            PspLeaveNotification(Place);
        }
    }
}

VOID PspNotifyOfImage(PMM_IMAGE Image)
{
    for (ULONG Index = 0; Index < PSP_ROUTINES; Index++) {
        PSP_NOTIFICATION *Place = &PspNotifications[PspNotifyImage][Index];
        PLOAD_IMAGE_NOTIFY_ROUTINE Routine =
            (PLOAD_IMAGE_NOTIFY_ROUTINE)(ULONG_PTR)PspEnterNotification(Place);
        IMAGE_INFO Info = {
            .ImageAddressingMode = IMAGE_ADDRESSING_MODE_32BIT, /* what it always is */
            .SystemModeImage = 1,
            .ImageBase = Image->DllBase,
            .ImageSize = Image->SizeOfImage,
        };

        if (Routine != NULL) {
            Routine(&Image->FullDllName, NULL, &Info);
            PspLeaveNotification(Place);
        }
    }
}

PVOID PspFindNotificationIn(PVOID Base, SIZE_T Size)
{
    for (ULONG Index = 0; Index < PspNotifyKinds * PSP_ROUTINES; Index++) {
        PVOID Routine =
            KiLoadAcquire(&PspNotifications[Index / PSP_ROUTINES][Index % PSP_ROUTINES].Routine);

        if ((ULONG_PTR)Routine - (ULONG_PTR)Base < Size) {
            return Routine;
        }
    }
    return NULL;
}

/* PspChange: register a routine for processes, or take it back. */
static NTSTATUS PspChange(PSP_NOTIFY Kind, PVOID Routine, BOOLEAN Remove)
{
    BOOLEAN Done = Remove ? PspRemoveNotification(Kind, Routine)
                          : PspAddNotification(Kind, Routine, FALSE);

    return Done ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/*
 * PsSetCreateProcessNotifyRoutine: be told when a process begins and ends.
 * => STATUS_INVALID_PARAMETER: registered already, not registered, or too many.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI PsSetCreateProcessNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE NotifyRoutine,
                                               BOOLEAN Remove)
{
    return PspChange(PspNotifyProcess, (PVOID)(ULONG_PTR)NotifyRoutine, Remove);
}

/*
 * PsSetCreateProcessNotifyRoutineEx: the same, with what the process is made from.
 * => STATUS_ACCESS_DENIED unless the routine's image was linked with /INTEGRITYCHECK
 * => STATUS_INVALID_PARAMETER as above.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx(PCREATE_PROCESS_NOTIFY_ROUTINE_EX NotifyRoutine,
                                                 BOOLEAN Remove)
{
    if (!MmMayRegisterCallback((PVOID)(ULONG_PTR)NotifyRoutine)) {
        return STATUS_ACCESS_DENIED;
    }
    return PspChange(PspNotifyProcessEx, (PVOID)(ULONG_PTR)NotifyRoutine, Remove);
}

/*
 * PsSetCreateProcessNotifyRoutineEx2: the same for a kind of processes; there is one kind.
 * ["PsSetCreateProcessNotifyRoutineEx2 function (ntddk.h)"]
 */
NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx2(ULONG NotifyType, PVOID NotifyInformation,
                                                  BOOLEAN Remove)
{
    if (NotifyType != PSP_PROCESSES_SUBSYSTEMS) {
        return STATUS_INVALID_PARAMETER;
    }
    return PsSetCreateProcessNotifyRoutineEx(
        (PCREATE_PROCESS_NOTIFY_ROUTINE_EX)(ULONG_PTR)NotifyInformation, Remove);
}

/* PspAddOrFail: what the pages on threads and images say when a routine cannot be registered. */
static NTSTATUS PspAddOrFail(PSP_NOTIFY Kind, PVOID Routine, BOOLEAN Quiet)
{
    return PspAddNotification(Kind, Routine, Quiet) ? STATUS_SUCCESS
                                                    : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS PspRemoveOrFail(PSP_NOTIFY Kind, PVOID Routine)
{
    return PspRemoveNotification(Kind, Routine) ? STATUS_SUCCESS : STATUS_PROCEDURE_NOT_FOUND;
}

/*
 * PsSetCreateThreadNotifyRoutine: be told of every thread: by its creator before it runs, and by
 * itself at its end.
 * => STATUS_INSUFFICIENT_RESOURCES: too many, or registered already.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI PsSetCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE NotifyRoutine)
{
    return PspAddOrFail(PspNotifyThread, (PVOID)(ULONG_PTR)NotifyRoutine, FALSE);
}

/*
 * PsSetCreateThreadNotifyRoutineEx: the same for threads of one kind.
 * ["PsSetCreateThreadNotifyRoutineEx function (ntddk.h)"]
 * => no thread here is another than a system thread, so a routine for others is never called
 */
NTSTATUS NTAPI PsSetCreateThreadNotifyRoutineEx(ULONG NotifyType, PVOID NotifyInformation)
{
    if (NotifyType != PSP_THREADS_NON_SYSTEM && NotifyType != PSP_THREADS_SUBSYSTEMS) {
        return STATUS_INVALID_PARAMETER;
    }
    return PspAddOrFail(PspNotifyThread, NotifyInformation, NotifyType == PSP_THREADS_NON_SYSTEM);
}

/* PsRemoveCreateThreadNotifyRoutine: => STATUS_PROCEDURE_NOT_FOUND.  PASSIVE_LEVEL. */
NTSTATUS NTAPI PsRemoveCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE NotifyRoutine)
{
    return PspRemoveOrFail(PspNotifyThread, (PVOID)(ULONG_PTR)NotifyRoutine);
}

/*
 * PsSetLoadImageNotifyRoutine: be told of every image that is loaded, before it runs.
 * => STATUS_INSUFFICIENT_RESOURCES: too many, or registered already.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI PsSetLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE NotifyRoutine)
{
    return PspAddOrFail(PspNotifyImage, (PVOID)(ULONG_PTR)NotifyRoutine, FALSE);
}

/* PsRemoveLoadImageNotifyRoutine: => STATUS_PROCEDURE_NOT_FOUND.  PASSIVE_LEVEL. */
NTSTATUS NTAPI PsRemoveLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE NotifyRoutine)
{
    return PspRemoveOrFail(PspNotifyImage, (PVOID)(ULONG_PTR)NotifyRoutine);
}
