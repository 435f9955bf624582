/* SPDX-License-Identifier: MIT */
/*
 * A push lock lets one writer in or several readers, in all its spellings, loses nobody who waits, and is
 * a zero word again when all have gone; a thread that yields to another says so.
 */
#include "threads.h"
#include <ntifs.h>

#define THREADS 6
#define ROUNDS  200

#undef ExAcquirePushLockExclusive
#undef ExAcquirePushLockShared
#undef ExReleasePushLockExclusive
#undef ExReleasePushLockShared
NTKERNELAPI VOID NTAPI ExAcquirePushLockExclusive(PEX_PUSH_LOCK PushLock);
NTKERNELAPI VOID NTAPI ExAcquirePushLockShared(PEX_PUSH_LOCK PushLock);
NTKERNELAPI VOID NTAPI ExReleasePushLockExclusive(PEX_PUSH_LOCK PushLock);
NTKERNELAPI VOID NTAPI ExReleasePushLockShared(PEX_PUSH_LOCK PushLock);
NTKERNELAPI VOID NTAPI ExReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags);
NTKERNELAPI BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE AlertMode);

static CONTRACT_THREAD Threads[THREADS];
static EX_PUSH_LOCK Lock;
static LONG Count; /* plain: the lock protects it */
static volatile LONG Writers, Readers, Yields;

static VOID Pause(ULONG Round)
{
    if (Round % 4 == 0) {
        ContractSleep(0);
    } else if (Round % 4 == 1 && ZwYieldExecution() == STATUS_SUCCESS) {
        InterlockedIncrement(&Yields);
    }
}

static VOID Write(ULONG Round)
{
    LONG Seen;

    if (Round % 2 == 0) {
        ExAcquirePushLockExclusive(&Lock);
    } else {
        ExAcquirePushLockExclusiveEx(&Lock, 0);
    }
    CHECK_EQUAL(InterlockedIncrement(&Writers), 1);
    CHECK_EQUAL(InterlockedOr(&Readers, 0), 0);
    Seen = Count;
    Pause(Round);
    Count = Seen + 1;
    InterlockedDecrement(&Writers);
    if (Round % 3 == 0) {
        ExReleasePushLockEx(&Lock, 0);
    } else if (Round % 3 == 1) {
        ExReleasePushLockExclusive(&Lock);
    } else {
        ExReleasePushLockExclusiveEx(&Lock, 0);
    }
}

static VOID Read(ULONG Round)
{
    if (Round % 2 == 0) {
        ExAcquirePushLockShared(&Lock);
    } else {
        ExAcquirePushLockSharedEx(&Lock, 0);
    }
    InterlockedIncrement(&Readers);
    CHECK_EQUAL(InterlockedOr(&Writers, 0), 0);
    Pause(Round);
    InterlockedDecrement(&Readers);
    if (Round % 3 == 0) {
        ExReleasePushLockEx(&Lock, 0);
    } else if (Round % 3 == 1) {
        ExReleasePushLockShared(&Lock);
    } else {
        ExReleasePushLockSharedEx(&Lock, 0);
    }
}

static VOID Work(PVOID Context)
{
    ULONG Which = (ULONG)(ULONG_PTR)Context;

    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        KeEnterCriticalRegion();
        if (Which % 2 == 0) {
            Write(Round);
        } else {
            Read(Round);
        }
        KeLeaveCriticalRegion();
    }
}

static VOID ReadBeside(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeEnterCriticalRegion();
    Read(3);
    KeLeaveCriticalRegion();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    Lock = 77;
    ExInitializePushLock(&Lock);
    CHECK_EQUAL(Lock, 0);
    CHECK_EQUAL(KeTestAlertThread(KernelMode), FALSE);
    CHECK_EQUAL(KeTestAlertThread(UserMode), FALSE);
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&Lock);
    ContractStartThread(&Threads[0], ReadBeside, NULL);
    ContractJoinThread(&Threads[0]); /* it was let in */
    ExReleasePushLockShared(&Lock);
    KeLeaveCriticalRegion();
    for (ULONG_PTR Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], Work, (PVOID)Index);
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    CHECK_EQUAL(Count, THREADS / 2 * ROUNDS);
    CHECK_EQUAL(Lock, 0);
    CHECK(ContractProcessors() > 1 || Yields != 0);
    return CONTRACT_RESULT();
}
