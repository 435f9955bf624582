/* SPDX-License-Identifier: MIT */
/*
 * work_item.c: work items of a device or a driver, which stays as long as one of its items is
 * queued or runs.
 *
 * References: "IoAllocateWorkItem function (wdm.h)", "IoQueueWorkItem function
 * (wdm.h)", "IoQueueWorkItemEx function (wdm.h)".
 */
#include "iop.h"

#define IOP_TAG_WORK 0x6B725749u /* 'IWrk' in memory */

struct _IO_WORKITEM {
    WORK_QUEUE_ITEM Item;
    PVOID Object; /* a device or a driver */
    PIO_WORKITEM_ROUTINE Routine;
    PIO_WORKITEM_ROUTINE_EX RoutineEx; /* the one or the other */
    PVOID Context;
};

/* IopRunWorkItem: in a worker thread; the routine may free the item. */
static VOID NTAPI IopRunWorkItem(PVOID Parameter)
{
    PIO_WORKITEM Item = Parameter;
    PVOID Object = Item->Object;

    if (Item->RoutineEx != NULL) {
        Item->RoutineEx(Object, Item->Context, Item);
    } else {
        Item->Routine(Object, Item->Context);
    }
    ObfDereferenceObject(Object);
}

/* IoSizeofWorkItem: bytes of an item that the caller allocates.  "IoSizeofWorkItem function (wdm.h)". */
ULONG NTAPI IoSizeofWorkItem(VOID)
{
    return sizeof(struct _IO_WORKITEM);
}

/* IoInitializeWorkItem: set up such an item.  "IoInitializeWorkItem function (wdm.h)". */
VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem)
{
    RtlZeroMemory(IoWorkItem, sizeof(*IoWorkItem));
    ExInitializeWorkItem(&IoWorkItem->Item, IopRunWorkItem, IoWorkItem);
    IoWorkItem->Object = IoObject;
}

/* IoUninitializeWorkItem: the end of it.  "IoUninitializeWorkItem function (wdm.h)". */
VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem)
{
    if (IoWorkItem->Item.List.Flink != NULL) {
        KeBugCheckEx(WORKER_INVALID, 1, (ULONG_PTR)IoWorkItem, 0, 0); /* still queued */
    }
}

/* IoAllocateWorkItem: => NULL: memory is short.  IRQL <= DISPATCH_LEVEL. */
PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    PIO_WORKITEM Item = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Item), IOP_TAG_WORK);

    if (Item != NULL) {
        IoInitializeWorkItem(DeviceObject, Item);
    }
    return Item;
}

/* IoFreeWorkItem: "IoFreeWorkItem function (wdm.h)".  Not while it is queued.  IRQL <= DISPATCH_LEVEL. */
VOID NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    IoUninitializeWorkItem(IoWorkItem);
    ExFreePool(IoWorkItem);
}

/* IopQueueWorkItem: the routines are set. */
static VOID IopQueueWorkItem(PIO_WORKITEM Item, WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    Item->Context = Context;
    ObfReferenceObject(Item->Object);
    ExQueueWorkItem(&Item->Item, QueueType);
}

/*
 * IoQueueWorkItem: have WorkerRoutine(the device, Context) called in a system thread.
 * => not while the item is queued
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                           WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    IoWorkItem->Routine = WorkerRoutine;
    IoWorkItem->RoutineEx = NULL;
    IopQueueWorkItem(IoWorkItem, QueueType, Context);
}

/* IoQueueWorkItemEx: the same, and the routine gets the item, too. */
VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                             WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    IoWorkItem->Routine = NULL;
    IoWorkItem->RoutineEx = WorkerRoutine;
    IopQueueWorkItem(IoWorkItem, QueueType, Context);
}
