/* SPDX-License-Identifier: MIT */
/* A wrong address in a call's routine, on whichever processor, is the same at IPI_LEVEL. */
#include "contract.h"

static PUCHAR volatile Nowhere = (PUCHAR)0xFFFFF90000000000ull;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    if (ContractIndex() == ContractProcessors() - 1) {
        Argument += *(volatile UCHAR *)Nowhere;
    }
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, 0);
    return STATUS_SUCCESS;
}
