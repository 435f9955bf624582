/* SPDX-License-Identifier: MIT */
/* A driver that forgets a routine it has registered for new threads is found at its unload. */
#include "contract.h"

static VOID NTAPI OnThread(HANDLE Process, HANDLE Thread, BOOLEAN Create)
{
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(Thread);
    UNREFERENCED_PARAMETER(Create);
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    return PsSetCreateThreadNotifyRoutine(OnThread);
}
