/* SPDX-License-Identifier: MIT */
/* A semaphore released beyond its limit raises STATUS_SEMAPHORE_LIMIT_EXCEEDED. */
#include "threads.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KSEMAPHORE Semaphore;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSemaphore(&Semaphore, 1, 2);
    KeReleaseSemaphore(&Semaphore, 0, 1, FALSE);
    KeReleaseSemaphore(&Semaphore, 0, 1, FALSE);
    return STATUS_SUCCESS;
}
