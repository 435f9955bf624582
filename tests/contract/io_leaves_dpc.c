/* SPDX-License-Identifier: MIT */
/* A driver that leaves a DPC queued when it unloads is TIMER_OR_DPC_INVALID. */
#include "threads.h"

static KDPC Dpc;

static VOID NTAPI Run(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
}

static VOID Busy(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (;;) { /* so that what is queued behind it stays queued */
        YieldProcessor();
    }
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    static CONTRACT_WORK Work;
    PROCESSOR_NUMBER Number;

    UNREFERENCED_PARAMETER(DriverObject);
    ContractStart(&Work, 1, Busy, NULL);
    ContractSleep(20);
    KeInitializeDpc(&Dpc, Run, NULL);
    KeGetProcessorNumberFromIndex(1, &Number);
    KeSetTargetProcessorDpcEx(&Dpc, &Number);
    KeInsertQueueDpc(&Dpc, NULL, NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
