/* SPDX-License-Identifier: MIT */
/* A mutex released by who does not own it raises STATUS_MUTANT_NOT_OWNED. */
#include "threads.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KMUTEX Mutex;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeMutex(&Mutex, 0);
    KeReleaseMutex(&Mutex, FALSE);
    return STATUS_SUCCESS;
}
