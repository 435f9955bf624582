/* SPDX-License-Identifier: MIT */
/* A processor whose threads all wait halts: whatever interrupts it finds the idle thread current. */
#include "threads.h"

static CONTRACT_THREAD Waiter;
static KEVENT Event;
static KTIMER Timer;
static KDPC Dpc;
static volatile LONG Seen, Halted;
static PVOID Idle;

static VOID NTAPI Look(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Idle = KeGetCurrentThread();
    Halted = Idle != Waiter.Thread && Idle != Context && PsGetCurrentThreadId() == NULL;
    InterlockedExchange(&Seen, 1);
}

static VOID Wait(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ContractBind(ContractProcessors() - 1);
    KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PROCESSOR_NUMBER Number;
    LARGE_INTEGER Due = {.QuadPart = -300000};

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    ContractStartThread(&Waiter, Wait, NULL);
    KeInitializeDpc(&Dpc, Look, KeGetCurrentThread());
    KeGetProcessorNumberFromIndex(ContractProcessors() - 1, &Number);
    KeSetTargetProcessorDpcEx(&Dpc, &Number);
    KeInitializeTimer(&Timer);
    KeSetTimer(&Timer, Due, &Dpc);
    ContractSleep(150);
    CHECK_EQUAL(Seen, 1);
    CHECK_EQUAL(Halted, 1);
    KeSetEvent(&Event, 0, FALSE);
    ContractJoinThread(&Waiter);
    return CONTRACT_RESULT();
}
