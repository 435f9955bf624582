/* SPDX-License-Identifier: MIT */
/* psp.h: threads and the process as objects. */
#pragma once

#include "../ke/ki.h"
#include "../ob/obp.h"

/* A thread as an object; opaque to drivers. */
struct _ETHREAD {
    struct _KTHREAD Tcb; /* first: a PETHREAD is a PKTHREAD */
    HANDLE Id;
    PKSTART_ROUTINE StartRoutine;
    PVOID StartContext;
    NTSTATUS ExitStatus;
    BOOLEAN Terminating;
    LIST_ENTRY Link; /* in the list of all threads */
};

extern const OBP_TYPE PspThreadType, PspProcessType;
extern const OBP_TYPE *PsThreadType, *PsProcessType; /* exported, see OBP_TYPE.Self */

/* thread.c */
DECLSPEC_NORETURN VOID PspExit(NTSTATUS Status);
/* => a thread whose routine lies there and that has not ended, or NULL */
PETHREAD PspFindThreadOf(PVOID Base, SIZE_T Size);
/* Describe up to Limit threads that live.  => how many there are */
typedef struct _PSP_THREAD {
    HANDLE Id;
    PVOID StartRoutine;
    KPRIORITY Priority, BasePriority;
    ULONG State; /* KI_THREAD_STATE */
} PSP_THREAD;
ULONG PspListThreads(PSP_THREAD *Threads, ULONG Limit);

/* notify.c */
VOID PspNotifyOfThread(PETHREAD Thread, BOOLEAN Create); /* PASSIVE_LEVEL, by its creator or itself */
VOID PspNotifyOfImage(PMM_IMAGE Image);                  /* before its DriverEntry; PASSIVE_LEVEL */
/* => a routine there that is still registered, or NULL */
PVOID PspFindNotificationIn(PVOID Base, SIZE_T Size);

/* process.c */
NTSTATUS PspCheckProcessHandle(HANDLE Handle); /* NULL, or one of the system process */
