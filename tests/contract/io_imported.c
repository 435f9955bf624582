/* SPDX-License-Identifier: MIT */
/*
 * Work items in memory of the driver's own, devices stacked by other means, requests built by hand and
 * who has sent them, do what their pages say.
 */
#include <ntifs.h>
#include "requests.h"

NTKERNELAPI VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM Item);
NTKERNELAPI VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM Item);
NTKERNELAPI ULONG NTAPI IoSizeofWorkItem(VOID);
NTKERNELAPI BOOLEAN NTAPI IoIs32bitProcess(PIRP Irp);
NTKERNELAPI NTSTATUS NTAPI IoAttachDeviceToDeviceStackSafe(PDEVICE_OBJECT Source,
                                                           PDEVICE_OBJECT Target,
                                                           PDEVICE_OBJECT *AttachedTo);
NTKERNELAPI PDEVICE_OBJECT NTAPI IoGetLowerDeviceObject(PDEVICE_OBJECT Device);

static PDEVICE_OBJECT Lower, Upper;
static KEVENT Worked;
static volatile LONG Completed;

static VOID NTAPI Work(PVOID IoObject, PVOID Context, PIO_WORKITEM Item)
{
    CHECK(IoObject == (PVOID)Lower && Context == (PVOID)&Worked);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    UNREFERENCED_PARAMETER(Item);
    KeSetEvent(&Worked, 0, FALSE);
}

static VOID CheckWorkItem(VOID)
{
    PIO_WORKITEM Item = ExAllocatePoolWithTag(NonPagedPoolNx, IoSizeofWorkItem(), 'tseT');

    KeInitializeEvent(&Worked, SynchronizationEvent, FALSE);
    IoInitializeWorkItem(Lower, Item);
    for (ULONG Round = 0; Round < 3; Round++) {
        IoQueueWorkItemEx(Item, Work, DelayedWorkQueue, &Worked);
        KeWaitForSingleObject(&Worked, Executive, KernelMode, FALSE, NULL);
        ContractSleep(1); /* until the item is free again */
    }
    IoUninitializeWorkItem(Item);
    ExFreePoolWithTag(Item, 'tseT');
}

NTKERNELAPI NTSTATUS NTAPI NtReadFile(HANDLE, HANDLE, PIO_APC_ROUTINE, PVOID, PIO_STATUS_BLOCK, PVOID,
                                      ULONG, PLARGE_INTEGER, PULONG);
NTKERNELAPI NTSTATUS NTAPI NtWriteFile(HANDLE, HANDLE, PIO_APC_ROUTINE, PVOID, PIO_STATUS_BLOCK, PVOID,
                                       ULONG, PLARGE_INTEGER, PULONG);

/* Under their other names; what files do is io_files.c's. */
static VOID CheckFiles(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\ContractLower");
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK Status;
    HANDLE File = NULL;
    UCHAR Byte = 0;

    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_EQUAL(NtCreateFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Status, NULL,
                             FILE_ATTRIBUTE_NORMAL, 0, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT,
                             NULL, 0),
                STATUS_SUCCESS);
    CHECK_EQUAL(NtReadFile(File, NULL, NULL, NULL, &Status, &Byte, 1, NULL, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(NtWriteFile(File, NULL, NULL, NULL, &Status, &Byte, 1, NULL, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(NtClose(File), STATUS_SUCCESS);
    CHECK_EQUAL(NtOpenFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Status, 0, 0),
                STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(File), STATUS_SUCCESS);
    CHECK_EQUAL(ZwOpenFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Status, 0, 0),
                STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(File), STATUS_SUCCESS);
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT Device, PIRP Irp)
{
    CHECK(Device == Lower || Device == Upper);
    CHECK(IoGetRequestorProcess(Irp) == PsGetCurrentProcess());
    CHECK(!IoIs32bitProcess(Irp));
    return ContractComplete(Irp, STATUS_SUCCESS, 0);
}

static VOID CheckStack(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\ContractLower");
    UNICODE_STRING Link = RTL_CONSTANT_STRING(L"\\DosDevices\\ContractLower");
    PDEVICE_OBJECT Below = NULL, Top;
    PFILE_OBJECT File = NULL;

    CHECK_EQUAL(IoCreateUnprotectedSymbolicLink(&Link, &Name), STATUS_SUCCESS);
    CHECK_EQUAL(IoGetDeviceObjectPointer(&Link, FILE_ALL_ACCESS, &File, &Top), STATUS_SUCCESS);
    CHECK(Top == Lower && IoGetRelatedDeviceObject(File) == Lower);
    CHECK_EQUAL(IoAttachDeviceToDeviceStackSafe(Upper, Lower, &Below), STATUS_SUCCESS);
    CHECK(Below == Lower);
    CHECK(IoGetRelatedDeviceObject(File) == Upper);
    Top = IoGetAttachedDeviceReference(Lower);
    CHECK(Top == Upper);
    ObDereferenceObject(Top);
    Below = IoGetLowerDeviceObject(Upper);
    CHECK(Below == Lower);
    ObDereferenceObject(Below);
    CHECK(IoGetLowerDeviceObject(Lower) == NULL);
    IoDetachDevice(Lower);
    CHECK_EQUAL(IoAttachDevice(Upper, &Name, &Below), STATUS_SUCCESS);
    CHECK(Below == Lower);
    IoDetachDevice(Lower);
    ObDereferenceObject(File);
    CHECK_EQUAL(IoDeleteSymbolicLink(&Link), STATUS_SUCCESS);
}

static NTSTATUS NTAPI OnCompletion(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Context);
    CHECK_EQUAL(Irp->IoStatus.Status, STATUS_SUCCESS);
    InterlockedIncrement(&Completed);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID CheckRequests(VOID)
{
    USHORT Size = IoSizeOfIrp(1);
    PIRP Irp = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'tseT');
    IO_STATUS_BLOCK Status;
    KIRQL Old;

    IoInitializeIrp(Irp, Size, 1);
    CHECK_EQUAL(Irp->StackCount, 1);
    IoGetNextIrpStackLocation(Irp)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
    Irp->Tail.Overlay.Thread = PsGetCurrentThread();
    IoSetCompletionRoutine(Irp, OnCompletion, NULL, TRUE, TRUE, TRUE);
    CHECK_EQUAL(IoCallDriver(Lower, Irp), STATUS_SUCCESS);
    CHECK_EQUAL(Completed, 1);
    ExFreePoolWithTag(Irp, 'tseT');

    Irp = IoBuildAsynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, Lower, NULL, 0, NULL, &Status);
    CHECK(Irp != NULL);
    IoSetCompletionRoutine(Irp, OnCompletion, NULL, TRUE, TRUE, TRUE);
    CHECK_EQUAL(IoCallDriver(Lower, Irp), STATUS_SUCCESS);
    CHECK_EQUAL(Completed, 2);
    IoFreeIrp(Irp);
    IoAcquireCancelSpinLock(&Old);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    IoReleaseCancelSpinLock(Old);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_READ] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = Dispatch;
    Lower = ContractDevice(DriverObject, L"\\Device\\ContractLower", 0, FALSE);
    Upper = ContractDevice(DriverObject, NULL, 0, FALSE);
    CheckWorkItem();
    CheckStack();
    CheckRequests();
    CheckFiles();
    IoDeleteDevice(Upper);
    IoDeleteDevice(Lower);
    return CONTRACT_RESULT();
}
