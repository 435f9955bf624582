/* SPDX-License-Identifier: MIT */
/* A cancel-safe queue keeps requests in order, gives them back one by one or by their context, and
 * completes what is cancelled, before or after it was queued, exactly once. */
#include "requests.h"

static PDEVICE_OBJECT Device;
static IO_CSQ Queue, QueueEx;
static LIST_ENTRY Packets = {&Packets, &Packets};
static KSPIN_LOCK Lock;
static LONG Cancelled;
static BOOLEAN Refuse;

static VOID NTAPI Insert(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    InsertTailList(&Packets, &Irp->Tail.Overlay.ListEntry);
}

static NTSTATUS NTAPI InsertEx(PIO_CSQ Csq, PIRP Irp, PVOID Context)
{
    CHECK(Csq == &QueueEx && Context == &Refuse);
    if (Refuse) {
        return STATUS_DEVICE_BUSY;
    }
    Insert(Csq, Irp);
    return STATUS_SUCCESS;
}

static VOID NTAPI Remove(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

static PIRP NTAPI Peek(PIO_CSQ Csq, PIRP Irp, PVOID Context)
{
    PLIST_ENTRY Link = Irp != NULL ? Irp->Tail.Overlay.ListEntry.Flink : Packets.Flink;

    UNREFERENCED_PARAMETER(Csq);
    UNREFERENCED_PARAMETER(Context);
    return Link == &Packets ? NULL : CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
}

static VOID NTAPI Acquire(PIO_CSQ Csq, PKIRQL Irql)
{
    UNREFERENCED_PARAMETER(Csq);
    KeAcquireSpinLock(&Lock, Irql);
}

static VOID NTAPI Release(PIO_CSQ Csq, KIRQL Irql)
{
    UNREFERENCED_PARAMETER(Csq);
    KeReleaseSpinLock(&Lock, Irql);
}

static VOID NTAPI CompleteCancelled(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    CHECK(Irp->Cancel && Irp->CancelRoutine == NULL);
    Cancelled++;
    ContractComplete(Irp, STATUS_CANCELLED, 0);
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT Target, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Target);
    IoCsqInsertIrp(&Queue, Irp, IoGetCurrentIrpStackLocation(Irp)->Parameters.Others.Argument1);
    return STATUS_PENDING;
}

static NTSTATUS NTAPI TakeBack(PDEVICE_OBJECT Target, PIRP Irp, PVOID Done)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Irp);
    ++*(LONG *)Done;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Send a packet, cancelled before or not; it is queued, or completed. */
static PIRP Send(PIO_CSQ_IRP_CONTEXT Context, BOOLEAN Cancel, LONG *Done)
{
    PIRP Irp = IoAllocateIrp(Device->StackSize, FALSE);
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);

    Next->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    Next->Parameters.Others.Argument1 = Context;
    IoSetCompletionRoutine(Irp, TakeBack, Done, TRUE, TRUE, TRUE);
    if (Cancel) {
        CHECK(!IoCancelIrp(Irp));
    }
    CHECK_EQUAL(IoCallDriver(Device, Irp), STATUS_PENDING);
    return Irp;
}

static VOID TestOrder(VOID)
{
    IO_CSQ_IRP_CONTEXT Context;
    LONG Done = 0;
    PIRP First = Send(NULL, FALSE, &Done), Second = Send(&Context, FALSE, &Done);
    PIRP Third = Send(NULL, FALSE, &Done);

    CHECK(IoCsqRemoveIrp(&Queue, &Context) == Second);
    CHECK(IoCsqRemoveIrp(&Queue, &Context) == NULL);
    CHECK(IoCsqRemoveNextIrp(&Queue, NULL) == First);
    CHECK(IoCsqRemoveNextIrp(&Queue, NULL) == Third);
    CHECK(IoCsqRemoveNextIrp(&Queue, NULL) == NULL);
    CHECK(!IoCancelIrp(First)); /* it is ours: it has no cancel routine */
    CHECK_EQUAL(Done, 0);
    ContractComplete(First, STATUS_SUCCESS, 0);
    ContractComplete(Second, STATUS_SUCCESS, 0);
    ContractComplete(Third, STATUS_SUCCESS, 0);
    CHECK(Done == 3 && Cancelled == 0);
    IoFreeIrp(First);
    IoFreeIrp(Second);
    IoFreeIrp(Third);
}

static VOID TestCancel(VOID)
{
    IO_CSQ_IRP_CONTEXT Context;
    LONG Done = 0;
    PIRP Early = Send(NULL, TRUE, &Done), Late;

    CHECK(Done == 1 && Cancelled == 1 && IsListEmpty(&Packets));
    Late = Send(&Context, FALSE, &Done);
    CHECK_EQUAL(Done, 1);
    CHECK(IoCancelIrp(Late));
    CHECK(Done == 2 && Cancelled == 2 && IsListEmpty(&Packets));
    CHECK_EQUAL(Late->IoStatus.Status, STATUS_CANCELLED);
    CHECK(IoCsqRemoveIrp(&Queue, &Context) == NULL);
    IoFreeIrp(Early);
    IoFreeIrp(Late);
}

static VOID TestRefusal(VOID)
{
    PIRP Irp = IoAllocateIrp(Device->StackSize, FALSE);

    IoSetNextIrpStackLocation(Irp);
    CHECK_EQUAL(IoCsqInitializeEx(&QueueEx, InsertEx, Remove, Peek, Acquire, Release,
                                  CompleteCancelled),
                STATUS_SUCCESS);
    Refuse = TRUE;
    CHECK_EQUAL(IoCsqInsertIrpEx(&QueueEx, Irp, NULL, &Refuse), STATUS_DEVICE_BUSY);
    CHECK(Irp->CancelRoutine == NULL && IsListEmpty(&Packets));
    Refuse = FALSE;
    CHECK_EQUAL(IoCsqInsertIrpEx(&QueueEx, Irp, NULL, &Refuse), STATUS_SUCCESS);
    CHECK(IoCsqRemoveNextIrp(&QueueEx, NULL) == Irp);
    IoFreeIrp(Irp);
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    IoDeleteDevice(Device);
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = Dispatch;
    DriverObject->DriverUnload = Unload;
    Device = ContractDevice(DriverObject, NULL, 0, FALSE);
    CHECK_EQUAL(IoCsqInitialize(&Queue, Insert, Remove, Peek, Acquire, Release, CompleteCancelled),
                STATUS_SUCCESS);
    TestOrder();
    TestCancel();
    TestRefusal();
    return CONTRACT_RESULT();
}
