/* SPDX-License-Identifier: MIT */
/* A thread that ends while it owns a mutex is THREAD_TERMINATE_HELD_MUTEX. */
#include "threads.h"

static KMUTEX Mutex;
static CONTRACT_THREAD Thread;

static VOID Take(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Mutex, Executive, KernelMode, FALSE, NULL);
    KeLeaveCriticalRegion(); /* or the exit would complain of the APCs first */
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeMutex(&Mutex, 0);
    ContractStartThread(&Thread, Take, NULL);
    ContractJoinThread(&Thread);
    return STATUS_SUCCESS;
}
