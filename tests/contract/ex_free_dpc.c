/* SPDX-License-Identifier: MIT */
/* A block that is freed while a DPC in it is queued is TIMER_OR_DPC_INVALID, and the block is named by its tag. */
#include "contract.h"

static VOID NTAPI Routine(PKDPC Dpc, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PKDPC Dpc = ExAllocatePoolWithTag(NonPagedPoolNx, 8 * PAGE_SIZE, 'tseT');
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeDpc(Dpc, Routine, NULL);
    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    KeInsertQueueDpc(Dpc, NULL, NULL);
    ExFreePoolWithTag(Dpc, 'tseT');
    KeLowerIrql(Old);
    return STATUS_SUCCESS;
}
