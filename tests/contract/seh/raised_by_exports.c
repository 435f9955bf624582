/* SPDX-License-Identifier: MIT */
/* What exported routines raise is handled where they were called: a buffer that cannot be locked, an
 * MDL that a user cannot get mapped, a mutex that somebody else owns, a semaphore
 * beyond its limit. */
#include "../contract.h"

#define APART __attribute__((noinline))

static KMUTEX Mutex;
static KSEMAPHORE Semaphore;

static APART VOID Lock(PMDL Mdl)
{
    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
}

static APART VOID MapForUser(PMDL Mdl)
{
    MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
}

static APART VOID Release(PMDL Mdl)
{
    UNREFERENCED_PARAMETER(Mdl);
    KeReleaseMutex(&Mutex, FALSE);
}

static APART VOID Exceed(PMDL Mdl)
{
    UNREFERENCED_PARAMETER(Mdl);
    KeReleaseSemaphore(&Semaphore, 0, 2, FALSE);
}

static APART NTSTATUS Try(VOID (*Routine)(PMDL), PMDL Mdl)
{
    __try {
        Routine(Mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PMDL Nothing = IoAllocateMdl((PVOID)(ULONG_PTR)0xFFFFF90000000000, 100, FALSE, FALSE, NULL);
    PMDL Something = IoAllocateMdl(&Mutex, sizeof(Mutex), FALSE, FALSE, NULL);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeMutex(&Mutex, 0);
    CHECK_EQUAL(Try(Lock, Nothing), (ULONG64)(NTSTATUS)STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(Try(Lock, Something), STATUS_SUCCESS);
    CHECK_EQUAL(Try(MapForUser, Something), (ULONG64)(NTSTATUS)STATUS_INVALID_ADDRESS);
    CHECK_EQUAL(Try(Release, NULL), (ULONG64)(NTSTATUS)STATUS_MUTANT_NOT_OWNED);
    KeInitializeSemaphore(&Semaphore, 0, 1);
    CHECK_EQUAL(Try(Exceed, NULL), (ULONG64)(NTSTATUS)STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_EQUAL(KeReadStateSemaphore(&Semaphore), 0);
    MmUnlockPages(Something);
    IoFreeMdl(Something);
    IoFreeMdl(Nothing);
    return CONTRACT_RESULT();
}
