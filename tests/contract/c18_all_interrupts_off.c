/* SPDX-License-Identifier: MIT */
/* C18: even when every processor has interrupts off, the hang is reported: the tool sends an NMI. */
#include "contract.h"

static volatile LONG Never;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    _disable();
    ContractAwait(&Never, 1);
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, 0);
    return STATUS_SUCCESS;
}
