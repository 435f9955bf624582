/* SPDX-License-Identifier: MIT */
/*
 * A mutex lets one thread in at a time, its owner as often as it likes, and holds back normal APCs;
 * a semaphore lets in as many as its count says.
 */
#include "threads.h"

#define THREADS 6
#define ROUNDS  200

static CONTRACT_THREAD Threads[THREADS];
static KMUTEX Mutex;
static KSEMAPHORE Semaphore;
static LONG Counter; /* the mutex protects it */
static volatile LONG Inside, Most;

static VOID Count(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        LONG Seen;

        KeWaitForSingleObject(&Mutex, Executive, KernelMode, FALSE, NULL);
        CHECK_EQUAL(InterlockedIncrement(&Inside), 1);
        Seen = Counter;
        if (Round % 16 == 0) {
            ContractSleep(0);
        }
        YieldProcessor();
        Counter = Seen + 1;
        InterlockedDecrement(&Inside);
        CHECK_EQUAL(KeReleaseMutex(&Mutex, FALSE), 0);
    }
}

static VOID CheckMutex(VOID)
{
    KeInitializeMutex(&Mutex, 0);
    CHECK_EQUAL(KeReadStateMutex(&Mutex), 1);
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], Count, NULL);
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    CHECK_EQUAL(Counter, THREADS * ROUNDS);

    CHECK(!KeAreApcsDisabled());
    for (LONG Depth = 0; Depth < 3; Depth++) {
        CHECK_EQUAL(KeWaitForMutexObject(&Mutex, Executive, KernelMode, FALSE, NULL),
                    STATUS_SUCCESS);
        CHECK(KeAreApcsDisabled());
        CHECK(!KeAreAllApcsDisabled());
    }
    CHECK_EQUAL(KeReadStateMutex(&Mutex), -2);
    CHECK_EQUAL(KeReleaseMutex(&Mutex, FALSE), -2);
    CHECK_EQUAL(KeReleaseMutex(&Mutex, FALSE), -1);
    CHECK(KeAreApcsDisabled());
    CHECK_EQUAL(KeReleaseMutex(&Mutex, FALSE), 0);
    CHECK(!KeAreApcsDisabled());
    CHECK_EQUAL(KeReadStateMutex(&Mutex), 1);
}

static VOID Enter(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < 20; Round++) {
        LONG Now;

        KeWaitForSingleObject(&Semaphore, Executive, KernelMode, FALSE, NULL);
        Now = InterlockedIncrement(&Inside);
        CHECK(Now <= 2);
        if (Now > Most) {
            Most = Now;
        }
        ContractSleep(1);
        InterlockedDecrement(&Inside);
        KeReleaseSemaphore(&Semaphore, 0, 1, FALSE);
    }
}

static VOID CheckSemaphore(VOID)
{
    LARGE_INTEGER Now = {.QuadPart = 0};

    KeInitializeSemaphore(&Semaphore, 2, 4);
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], Enter, NULL);
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    CHECK_EQUAL(Most, 2);
    CHECK_EQUAL(KeReadStateSemaphore(&Semaphore), 2);
    CHECK_EQUAL(KeReleaseSemaphore(&Semaphore, 0, 2, FALSE), 2);
    for (ULONG Index = 0; Index < 4; Index++) {
        CHECK_EQUAL(KeWaitForSingleObject(&Semaphore, Executive, KernelMode, FALSE, &Now),
                    STATUS_SUCCESS);
    }
    CHECK_EQUAL(KeWaitForSingleObject(&Semaphore, Executive, KernelMode, FALSE, &Now),
                STATUS_TIMEOUT);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckMutex();
    CheckSemaphore();
    return CONTRACT_RESULT();
}
