/* SPDX-License-Identifier: MIT */
/* C2, R7: a call from inside the routine is a bug check, never a hang. */
#include "contract.h"

static ULONG_PTR NTAPI Inner(ULONG_PTR Argument)
{
    return Argument;
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    ULONG_PTR Result = KeIpiGenericCall(Inner, Argument);

    return Result + 1; /* or the call would be a jump, and the routine on nobody's stack */
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, 0);
    return STATUS_SUCCESS;
}
