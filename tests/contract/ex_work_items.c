/* SPDX-License-Identifier: MIT */
/*
 * Work items run once each, in a system thread at PASSIVE_LEVEL, may be queued at DISPATCH_LEVEL,
 * again from their own routine, and may wait for one another.
 */
#include "threads.h"

#define ITEMS 40

static WORK_QUEUE_ITEM Items[ITEMS], Again, Waiter, Waker;
static volatile LONG Ran[ITEMS], Done, Turns;
static KEVENT Event, AllDone;
static PDEVICE_OBJECT Device;

static VOID NTAPI Run(PVOID Context)
{
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    InterlockedIncrement(&Ran[(ULONG_PTR)Context]);
    if (InterlockedIncrement(&Done) == ITEMS) {
        KeSetEvent(&AllDone, 0, FALSE);
    }
}

static VOID NTAPI RunAgain(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    if (++Turns < 5) {
        ExQueueWorkItem(&Again, DelayedWorkQueue);
    } else {
        KeSetEvent(&AllDone, 0, FALSE);
    }
}

static VOID NTAPI Wait(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
    KeSetEvent(&AllDone, 0, FALSE);
}

static VOID NTAPI Wake(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeSetEvent(&Event, 0, FALSE);
}

static VOID NTAPI DeviceWork(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    CHECK_EQUAL((ULONG_PTR)DeviceObject, (ULONG_PTR)Device);
    IoFreeWorkItem(Context);
    KeSetEvent(&AllDone, 0, FALSE);
}

static VOID AwaitAll(VOID)
{
    KeWaitForSingleObject(&AllDone, Executive, KernelMode, FALSE, NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const WORK_QUEUE_TYPE Types[] = {CriticalWorkQueue, DelayedWorkQueue,
                                            HyperCriticalWorkQueue};
    PIO_WORKITEM Item;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeEvent(&AllDone, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    for (ULONG Index = 0; Index < ITEMS; Index++) {
        ExInitializeWorkItem(&Items[Index], Run, (PVOID)(ULONG_PTR)Index);
        ExQueueWorkItem(&Items[Index], Types[Index % 3]);
    }
    KeLowerIrql(Irql);
    AwaitAll();
    for (ULONG Index = 0; Index < ITEMS; Index++) {
        CHECK_EQUAL(Ran[Index], 1);
    }

    ExInitializeWorkItem(&Again, RunAgain, NULL);
    ExQueueWorkItem(&Again, CriticalWorkQueue);
    AwaitAll();
    CHECK_EQUAL(Turns, 5);

    ExInitializeWorkItem(&Waiter, Wait, NULL);
    ExInitializeWorkItem(&Waker, Wake, NULL);
    ExQueueWorkItem(&Waiter, DelayedWorkQueue);
    ExQueueWorkItem(&Waker, DelayedWorkQueue);
    AwaitAll();

    CHECK_EQUAL(IoCreateDevice(DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device),
                STATUS_SUCCESS);
    Item = IoAllocateWorkItem(Device);
    IoQueueWorkItem(Item, DeviceWork, DelayedWorkQueue, Item);
    AwaitAll();
    ContractSleep(20);
    IoDeleteDevice(Device);
    return CONTRACT_RESULT();
}
