/* SPDX-License-Identifier: MIT */
/* A driver that leaves a timer set when it unloads is TIMER_OR_DPC_INVALID, before the timer expires. */
#include "threads.h"

static KTIMER Timer;
static KDPC Dpc;

static VOID NTAPI Tick(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Due = {.QuadPart = -600000000};

    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, Tick, NULL);
    KeSetTimer(&Timer, Due, &Dpc);
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
