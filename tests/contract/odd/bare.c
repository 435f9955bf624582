/* SPDX-License-Identifier: MIT */
/* A driver without relocations, which it does not need, unwind tables and symbols runs anywhere. */
#include <ntddk.h>

static volatile LONG Ran;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    InterlockedIncrement(&Ran);
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, 0);
    DbgPrint("%d\n", Ran == KeNumberProcessors && DriverObject->DriverStart != NULL);
    return STATUS_SUCCESS;
}
