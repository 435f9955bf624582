/* SPDX-License-Identifier: MIT */
/* A driver whose NMI callback is still registered when it unloads is
 * DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS. */
#include "contract.h"

static BOOLEAN NTAPI Callback(PVOID Context, BOOLEAN Handled)
{
    UNREFERENCED_PARAMETER(Context);
    return Handled;
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    return KeRegisterNmiCallback(Callback, NULL) != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}
