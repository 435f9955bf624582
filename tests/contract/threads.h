/* SPDX-License-Identifier: MIT */
/* threads.h: system threads for the contract tests, and what mingw-w64 does not declare. */
#pragma once

#include "contract.h"

NTKERNELAPI KAFFINITY NTAPI KeSetAffinityThread(PKTHREAD Thread, KAFFINITY Affinity);
NTKERNELAPI VOID NTAPI KeRevertToUserAffinityThread(VOID);
NTKERNELAPI VOID NTAPI KeSetSystemAffinityThread(KAFFINITY Affinity);

typedef struct _CONTRACT_THREAD {
    VOID (*Routine)(PVOID Context);
    PVOID Context;
    PKTHREAD Thread;
    PVOID Object;
} CONTRACT_THREAD;

static VOID NTAPI ContractThreadRoutine(PVOID Context)
{
    CONTRACT_THREAD *Thread = Context;

    Thread->Routine(Thread->Context);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Start Routine(Context) in a system thread. */
static inline VOID ContractStartThread(CONTRACT_THREAD *Thread, VOID (*Routine)(PVOID),
                                       PVOID Context)
{
    HANDLE Handle;

    Thread->Routine = Routine;
    Thread->Context = Context;
    CHECK_EQUAL(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL,
                                     ContractThreadRoutine, Thread),
                STATUS_SUCCESS);
    CHECK_EQUAL(ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                          &Thread->Object, NULL),
                STATUS_SUCCESS);
    Thread->Thread = Thread->Object;
    CHECK_EQUAL(ZwClose(Handle), STATUS_SUCCESS);
}

/* Wait until it has ended. */
static inline VOID ContractJoinThread(CONTRACT_THREAD *Thread)
{
    CHECK_EQUAL(KeWaitForSingleObject(Thread->Object, Executive, KernelMode, FALSE, NULL),
                STATUS_SUCCESS);
    ObDereferenceObject(Thread->Object);
}

/* Wait so many milliseconds. */
static inline VOID ContractSleep(LONG Milliseconds)
{
    LARGE_INTEGER Interval = {.QuadPart = -10000ll * Milliseconds};

    CHECK_EQUAL(KeDelayExecutionThread(KernelMode, FALSE, &Interval), STATUS_SUCCESS);
}

/* Bind the current thread to the processor with that index.  => The affinity to revert to. */
static inline GROUP_AFFINITY ContractBind(ULONG Index)
{
    PROCESSOR_NUMBER Number = {0};
    GROUP_AFFINITY Affinity = {0}, Previous;

    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
    Affinity.Group = Number.Group;
    Affinity.Mask = (KAFFINITY)1 << Number.Number;
    KeSetSystemGroupAffinityThread(&Affinity, &Previous);
    return Previous;
}
