/* SPDX-License-Identifier: MIT */
/* A block that is freed while a timer in it is set is TIMER_OR_DPC_INVALID, and the block is named by its tag. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PKTIMER Timer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Timer), 'tseT');
    LARGE_INTEGER Due = {.QuadPart = -600000000};

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeTimer(Timer);
    KeSetTimer(Timer, Due, NULL);
    KeCancelTimer(Timer);
    ExFreePoolWithTag(Timer, 'tseT'); /* now it may */
    Timer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Timer), 'tseT');
    KeInitializeTimer(Timer);
    KeSetTimer(Timer, Due, NULL);
    ExFreePoolWithTag(Timer, 'tseT');
    return STATUS_SUCCESS;
}
