/* SPDX-License-Identifier: MIT */
/*
 * A wait for one of several objects says which one was signaled and takes only that; a wait for all
 * takes all in one instant or none.
 */
#include "threads.h"

#define OBJECTS 8

static KEVENT Events[OBJECTS];
static PVOID Objects[OBJECTS];
static KWAIT_BLOCK Blocks[OBJECTS];
static CONTRACT_THREAD Thread;
static volatile LONG Done;

static NTSTATUS Look(ULONG Count, WAIT_TYPE Type)
{
    LARGE_INTEGER Now = {.QuadPart = 0};

    return KeWaitForMultipleObjects(Count, Objects, Type, Executive, KernelMode, FALSE, &Now,
                                    Count > THREAD_WAIT_OBJECTS ? Blocks : NULL);
}

static VOID CheckAny(ULONG Count)
{
    CHECK_EQUAL(Look(Count, WaitAny), STATUS_TIMEOUT);
    for (ULONG Index = 0; Index < Count; Index++) {
        KeSetEvent(&Events[Index], 0, FALSE);
        KeSetEvent(&Events[Count - 1], 0, FALSE);
        CHECK_EQUAL(Look(Count, WaitAny), STATUS_WAIT_0 + Index);
        CHECK_EQUAL(KeReadStateEvent(&Events[Index]), 0);
        CHECK_EQUAL(KeReadStateEvent(&Events[Count - 1]), Index != Count - 1);
        KeClearEvent(&Events[Count - 1]);
    }
}

static VOID CheckAll(ULONG Count)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK_EQUAL(Look(Count, WaitAll), STATUS_TIMEOUT);
        KeSetEvent(&Events[Index], 0, FALSE);
    }
    CHECK_EQUAL(Look(Count, WaitAll), STATUS_SUCCESS);
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK_EQUAL(KeReadStateEvent(&Events[Index]), 0);
    }
}

static VOID WaitForAll(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    CHECK_EQUAL(KeWaitForMultipleObjects(OBJECTS, Objects, WaitAll, Executive, KernelMode, FALSE,
                                         NULL, Blocks),
                STATUS_SUCCESS);
    Done = 1;
}

static VOID WaitForAny(PVOID Context)
{
    LARGE_INTEGER Long = {.QuadPart = -100000000};

    UNREFERENCED_PARAMETER(Context);
    CHECK_EQUAL(KeWaitForMultipleObjects(3, Objects, WaitAny, Executive, KernelMode, FALSE, &Long,
                                         NULL),
                STATUS_WAIT_2);
    Done = 1;
}

/* A thread sleeps; what it waits for comes bit by bit. */
static VOID CheckSleeping(VOID)
{
    ContractStartThread(&Thread, WaitForAll, NULL);
    ContractSleep(40);
    for (ULONG Index = 0; Index < OBJECTS; Index++) {
        CHECK_EQUAL(Done, 0);
        if (Index == 3) { /* what was there is taken away again */
            KeClearEvent(&Events[1]);
        }
        KeSetEvent(&Events[Index], 0, FALSE);
        ContractSleep(5);
    }
    CHECK_EQUAL(Done, 0);
    CHECK(KeReadStateEvent(&Events[0]) != 0); /* nothing was taken in advance */
    KeSetEvent(&Events[1], 0, FALSE);
    ContractJoinThread(&Thread);
    CHECK_EQUAL(Done, 1);
    for (ULONG Index = 0; Index < OBJECTS; Index++) {
        CHECK_EQUAL(KeReadStateEvent(&Events[Index]), 0);
    }

    Done = 0;
    ContractStartThread(&Thread, WaitForAny, NULL);
    ContractSleep(40);
    CHECK_EQUAL(Done, 0);
    KeSetEvent(&Events[2], 0, FALSE);
    ContractJoinThread(&Thread);
    KeSetEvent(&Events[0], 0, FALSE); /* nobody's block is left in its list */
    CHECK(KeResetEvent(&Events[0]) != 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index < OBJECTS; Index++) {
        KeInitializeEvent(&Events[Index], SynchronizationEvent, FALSE);
        Objects[Index] = &Events[Index];
    }
    CheckAny(THREAD_WAIT_OBJECTS);
    CheckAny(OBJECTS);
    CheckAll(THREAD_WAIT_OBJECTS);
    CheckAll(OBJECTS);
    CheckSleeping();
    return CONTRACT_RESULT();
}
