/* SPDX-License-Identifier: MIT */
/* A thread that ends at a raised IRQL is KERNEL_APC_PENDING_DURING_EXIT. */
#include "threads.h"

static CONTRACT_THREAD Thread;

static VOID Raise(PVOID Context)
{
    KIRQL Irql;

    UNREFERENCED_PARAMETER(Context);
    KeRaiseIrql(APC_LEVEL, &Irql);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractStartThread(&Thread, Raise, NULL);
    ContractJoinThread(&Thread);
    return STATUS_SUCCESS;
}
