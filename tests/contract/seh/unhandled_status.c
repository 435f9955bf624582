/* SPDX-License-Identifier: MIT */
/* A status that is raised and not handled is 0x1E, at the place that has raised it; what says to
 * search on is asked. */
#include "../contract.h"

static __attribute__((noinline)) VOID Raise(VOID)
{
    ExRaiseStatus(STATUS_DEVICE_BUSY);
}

static LONG Look(NTSTATUS Code)
{
    DbgPrint("asked about 0x%08X\n", Code);
    return EXCEPTION_CONTINUE_SEARCH;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __try {
        Raise();
    } __except (Look((NTSTATUS)GetExceptionCode())) {
        DbgPrint("not here\n");
    }
    return STATUS_SUCCESS;
}
