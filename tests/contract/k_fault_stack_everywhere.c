/* SPDX-License-Identifier: MIT */
/* So does that of another processor, in a call's routine. */
#include "contract.h"

static volatile ULONG Deep = 1;

static ULONG Descend(ULONG Level)
{
    volatile UCHAR Local[256];

    Local[Level % sizeof(Local)] = (UCHAR)Level;
    if (Deep == 0) {
        return Local[0];
    }
    return Descend(Level + 1) + Local[Level % sizeof(Local)];
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    return ContractIndex() == ContractProcessors() - 1 ? Descend((ULONG)Argument) : 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, 0);
    return STATUS_SUCCESS;
}
