/* SPDX-License-Identifier: MIT */
/*
 * A system thread runs its routine at PASSIVE_LEVEL with its context, is found by its id and its
 * handle, and can be waited for until it has ended, by itself or by returning.
 */
#include "threads.h"

#define THREADS 12

NTKERNELAPI NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread);
NTKERNELAPI NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable,
                                                 PLARGE_INTEGER Timeout);
NTKERNELAPI HANDLE NTAPI PsGetThreadId(PETHREAD Thread);

typedef struct _STATE {
    volatile LONG Ran;
    PKTHREAD Thread;
    HANDLE Id;
    ULONG_PTR Stack;
    BOOLEAN Returns;
} STATE;

static STATE States[THREADS];
static HANDLE Handles[THREADS];
static KEVENT Go;

static VOID NTAPI Routine(PVOID Context)
{
    STATE *State = Context;
    ULONG_PTR Low, High;

    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK((__readeflags() & 0x200) != 0);
    State->Thread = KeGetCurrentThread();
    State->Id = PsGetCurrentThreadId();
    State->Stack = (ULONG_PTR)&State;
    IoGetStackLimits(&Low, &High);
    CHECK(Low <= State->Stack && State->Stack < High);
    CHECK_EQUAL((ULONG_PTR)IoGetInitialStack(), High);
    CHECK_EQUAL(High - Low, 24 * 1024);
    KeWaitForSingleObject(&Go, Executive, KernelMode, FALSE, NULL);
    InterlockedIncrement(&State->Ran);
    if (!State->Returns) {
        PsTerminateSystemThread(STATUS_SUCCESS);
        CHECK(!"PsTerminateSystemThread returned");
    }
}

static VOID CheckFound(ULONG Index, const CLIENT_ID *Id)
{
    PVOID Object = NULL;
    PETHREAD Found = NULL;

    CHECK_EQUAL(ObReferenceObjectByHandle(Handles[Index], SYNCHRONIZE, *PsThreadType, KernelMode,
                                          &Object, NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(PsLookupThreadByThreadId(Id->UniqueThread, &Found), STATUS_SUCCESS);
    CHECK_EQUAL((ULONG_PTR)Found, (ULONG_PTR)Object);
    CHECK_EQUAL(PsGetThreadId(Found), Id->UniqueThread);
    CHECK_EQUAL(ObReferenceObjectByHandle(Handles[Index], SYNCHRONIZE, (POBJECT_TYPE)&Object,
                                          KernelMode, &Object, NULL),
                STATUS_OBJECT_TYPE_MISMATCH);
    ObDereferenceObject(Found);
    ObDereferenceObject(Found);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Now = {.QuadPart = 0};
    CLIENT_ID Ids[THREADS];
    PETHREAD Gone;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeEvent(&Go, NotificationEvent, FALSE);
    for (ULONG Index = 0; Index < THREADS; Index++) {
        States[Index].Returns = Index % 2;
        CHECK_EQUAL(PsCreateSystemThread(&Handles[Index], THREAD_ALL_ACCESS, NULL, NULL,
                                         &Ids[Index], Routine, &States[Index]),
                    STATUS_SUCCESS);
        CheckFound(Index, &Ids[Index]);
        CHECK_EQUAL(ZwWaitForSingleObject(Handles[Index], FALSE, &Now), STATUS_TIMEOUT);
    }
    KeSetEvent(&Go, 0, FALSE);
    for (ULONG Index = 0; Index < THREADS; Index++) {
        STATE *State = &States[Index];

        CHECK_EQUAL(ZwWaitForSingleObject(Handles[Index], FALSE, NULL), STATUS_SUCCESS);
        CHECK_EQUAL(State->Ran, 1);
        CHECK_EQUAL(State->Id, Ids[Index].UniqueThread);
        CHECK_EQUAL(ZwClose(Handles[Index]), STATUS_SUCCESS);
        CHECK_EQUAL(ZwClose(Handles[Index]), STATUS_INVALID_HANDLE);
        CHECK(State->Thread != KeGetCurrentThread());
        for (ULONG Other = 0; Other < Index; Other++) {
            CHECK(States[Other].Thread != State->Thread && States[Other].Stack != State->Stack);
        }
    }
    ContractSleep(100); /* what frees them is a thread, too */
    CHECK_EQUAL(PsLookupThreadByThreadId(Ids[0].UniqueThread, &Gone), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(PsTerminateSystemThread(STATUS_SUCCESS), STATUS_INVALID_PARAMETER); /* not ours */
    return CONTRACT_RESULT();
}
