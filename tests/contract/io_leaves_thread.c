/* SPDX-License-Identifier: MIT */
/* A driver whose thread still runs when it unloads is DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS. */
#include "threads.h"

static VOID NTAPI Run(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (;;) {
        ContractSleep(10);
    }
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE Handle;

    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Run, NULL),
                STATUS_SUCCESS);
    ZwClose(Handle);
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
