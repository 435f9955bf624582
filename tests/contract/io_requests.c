/* SPDX-License-Identifier: MIT */
/*
 * Requests reach a driver with their buffers as each transfer has them, can be pending, completed by
 * a DPC, forwarded through a stack of devices, taken back in a completion routine, and cancelled; a
 * device is created, cleaned up and closed in that order, and an exclusive one is opened once.
 */
#include "requests.h"

#define CODE(Method) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Method), (Method), FILE_ANY_ACCESS)
#define CODE_PENDS   CTL_CODE(FILE_DEVICE_UNKNOWN, 0x810, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define CODE_WAITS   CTL_CODE(FILE_DEVICE_UNKNOWN, 0x811, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define CODE_FAILS   CTL_CODE(FILE_DEVICE_UNKNOWN, 0x812, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define CODE_CALLS   CTL_CODE(FILE_DEVICE_UNKNOWN, 0x813, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define NOWHERE      ((PVOID)(ULONG_PTR)0xFFFFF90000000000) /* where nothing is mapped */

static PDEVICE_OBJECT Lower, Upper, Direct;
static CHAR Order[16];
static ULONG Ordered;
static UCHAR In[100], Out[100];
static KDPC Dpc;
static PIRP Waiting;
static volatile LONG Cancelled, Passed, Called;

static VOID Note(CHAR What)
{
    if (Ordered < sizeof(Order) - 1) {
        Order[Ordered++] = What;
    }
}

static NTSTATUS NTAPI CreateClose(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);

    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(Location->FileObject != NULL && Location->DeviceObject == Device);
    if (Location->MajorFunction == IRP_MJ_CREATE) {
        CHECK(Location->Parameters.Create.SecurityContext->DesiredAccess == FILE_ALL_ACCESS);
        CHECK(Location->FileObject->FsContext == NULL);
        Location->FileObject->FsContext = Device;
    } else {
        CHECK(Location->FileObject->FsContext == Device);
    }
    Note(Location->MajorFunction == IRP_MJ_CREATE    ? 'C'
         : Location->MajorFunction == IRP_MJ_CLEANUP ? 'U'
                                                     : 'X');
    return ContractComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI ReadWrite(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Location->Parameters.Read.Length;
    PUCHAR Data = Device->Flags & DO_BUFFERED_IO ? Irp->AssociatedIrp.SystemBuffer
                  : Device->Flags & DO_DIRECT_IO
                      ? MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority)
                      : Irp->UserBuffer;

    CHECK(Data != NULL);
    CHECK((Data == Out || Data == In) == ((Device->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO)) == 0));
    CHECK_EQUAL(Location->Parameters.Read.ByteOffset.QuadPart, 7);
    for (ULONG Index = 0; Index < Length; Index++) {
        if (Location->MajorFunction == IRP_MJ_READ) {
            Data[Index] = (UCHAR)(Index + Length);
        } else {
            CHECK_EQUAL(Data[Index], (UCHAR)(3 * Index));
        }
    }
    return ContractComplete(Irp, STATUS_SUCCESS, Length);
}

static VOID NTAPI Complete(PKDPC Queued, PVOID Context, PVOID First, PVOID Second)
{
    UNREFERENCED_PARAMETER(Queued);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Second);
    ContractComplete(First, STATUS_SUCCESS, 1);
}

static VOID NTAPI Cancel(PDEVICE_OBJECT Device, PIRP Irp)
{
    CHECK(Device == Lower && Irp == Waiting && Irp->Cancel);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    Cancelled++;
    ContractComplete(Irp, STATUS_CANCELLED, 0);
}

static ULONG_PTR NTAPI Count(ULONG_PTR Context)
{
    InterlockedIncrement((volatile LONG *)Context);
    return 0;
}

/* What each transfer gives the driver: the input reversed is the output. */
static NTSTATUS Reverse(PIRP Irp, PIO_STACK_LOCATION Location)
{
    ULONG Code = Location->Parameters.DeviceIoControl.IoControlCode;
    ULONG Length = Location->Parameters.DeviceIoControl.InputBufferLength;
    UCHAR Copy[sizeof(In)];
    PUCHAR From = Irp->AssociatedIrp.SystemBuffer, To = From;

    if (Code == CODE(METHOD_NEITHER)) {
        From = Location->Parameters.DeviceIoControl.Type3InputBuffer;
        To = Irp->UserBuffer;
        CHECK(From == In && To == Out);
    } else if (Code != CODE(METHOD_BUFFERED)) {
        To = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
        CHECK(To != Out);
        CHECK_EQUAL(MmGetMdlByteCount(Irp->MdlAddress), sizeof(Out));
    }
    CHECK_EQUAL(Location->Parameters.DeviceIoControl.OutputBufferLength, sizeof(Out));
    RtlCopyMemory(Copy, From, Length);
    for (ULONG Index = 0; Index < Length; Index++) {
        To[Index] = Copy[Length - 1 - Index];
    }
    return ContractComplete(Irp, STATUS_SUCCESS, Length);
}

static NTSTATUS NTAPI Control(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);

    UNREFERENCED_PARAMETER(Device);
    switch (Location->Parameters.DeviceIoControl.IoControlCode) {
    case CODE_PENDS:
        IoMarkIrpPending(Irp);
        KeInsertQueueDpc(&Dpc, Irp, NULL);
        return STATUS_PENDING;
    case CODE_WAITS:
        IoMarkIrpPending(Irp);
        Waiting = Irp;
        IoSetCancelRoutine(Irp, Cancel);
        return STATUS_PENDING;
    case CODE_FAILS:
        return ContractComplete(Irp, STATUS_NOT_SUPPORTED, 0);
    case CODE_CALLS:
        KeIpiGenericCall(Count, (ULONG_PTR)&Called);
        return ContractComplete(Irp, STATUS_SUCCESS, 0);
    }
    return Reverse(Irp, Location);
}

static NTSTATUS NTAPI Catch(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    CHECK(Device == Upper);
    CHECK(Context == &Passed);
    Passed++;
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }
    return STATUS_SUCCESS;
}

/* The upper device passes everything down. */
static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);

    if (Device == Upper) {
        IoCopyCurrentIrpStackLocationToNext(Irp);
        IoSetCompletionRoutine(Irp, Catch, (PVOID)&Passed, TRUE, TRUE, TRUE);
        return IoCallDriver(Lower, Irp);
    }
    switch (Location->MajorFunction) {
    case IRP_MJ_DEVICE_CONTROL:
        return Control(Device, Irp);
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
        return ReadWrite(Device, Irp);
    }
    return CreateClose(Device, Irp);
}

static VOID TestTransfers(PDEVICE_OBJECT Device)
{
    ULONG_PTR Information;

    for (ULONG Method = METHOD_BUFFERED; Method <= METHOD_NEITHER; Method++) {
        for (ULONG Index = 0; Index < sizeof(In); Index++) {
            In[Index] = (UCHAR)(Index + Method);
            Out[Index] = 0;
        }
        CHECK_EQUAL(ContractControl(Device, CODE(Method), In, 50, Out, sizeof(Out), &Information),
                    STATUS_SUCCESS);
        CHECK_EQUAL(Information, 50);
        for (ULONG Index = 0; Index < sizeof(Out); Index++) {
            CHECK_EQUAL(Out[Index], Index < 50 ? (UCHAR)(49 - Index + Method) : 0);
        }
    }
    CHECK(IoBuildDeviceIoControlRequest(CODE(METHOD_OUT_DIRECT), Device, In, 50, NOWHERE, 50, FALSE,
                                        NULL, NULL) == NULL);
    CHECK_EQUAL(ContractControl(Device, CODE_FAILS, In, 1, Out, 1, &Information),
                STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(ContractControl(Device, CODE_PENDS, NULL, 0, NULL, 0, &Information),
                STATUS_SUCCESS);
    CHECK_EQUAL(Information, 1);
    Called = 0;
    CHECK_EQUAL(ContractControl(Device, CODE_CALLS, NULL, 0, NULL, 0, &Information),
                STATUS_SUCCESS);
    CHECK_EQUAL(Called, ContractProcessors());
}

static VOID TestReadWrite(PDEVICE_OBJECT Device)
{
    LARGE_INTEGER Offset = {.QuadPart = 7};
    IO_STATUS_BLOCK Status;
    KEVENT Event;

    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    CHECK_EQUAL(ContractSend(Device, IoBuildSynchronousFsdRequest(IRP_MJ_READ, Device, Out, 60, &Offset,
                                                                  &Event, &Status), &Event, &Status),
                STATUS_SUCCESS);
    CHECK_EQUAL(Status.Information, 60);
    for (ULONG Index = 0; Index < 60; Index++) {
        CHECK_EQUAL(Out[Index], (UCHAR)(Index + 60));
        In[Index] = (UCHAR)(3 * Index);
    }
    KeClearEvent(&Event);
    CHECK_EQUAL(ContractSend(Device, IoBuildSynchronousFsdRequest(IRP_MJ_WRITE, Device, In, 60, &Offset,
                                                                  &Event, &Status), &Event, &Status),
                STATUS_SUCCESS);
}

static NTSTATUS NTAPI TakeBack(PDEVICE_OBJECT Device, PIRP Irp, PVOID Event)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* A packet of one's own, cancelled, reused, and sent again. */
static VOID TestOwnPacket(PDEVICE_OBJECT Device)
{
    PIRP Irp = IoAllocateIrp(Device->StackSize, FALSE);
    PIO_STACK_LOCATION Next;
    KEVENT Event;

    for (ULONG Round = 0; Round < 2; Round++) {
        KeInitializeEvent(&Event, NotificationEvent, FALSE);
        Next = IoGetNextIrpStackLocation(Irp);
        Next->MajorFunction = IRP_MJ_DEVICE_CONTROL;
        Next->Parameters.DeviceIoControl.IoControlCode = CODE_WAITS;
        IoSetCompletionRoutine(Irp, TakeBack, &Event, TRUE, TRUE, TRUE);
        CHECK_EQUAL(IoCallDriver(Device, Irp), STATUS_PENDING);
        CHECK_EQUAL(KeReadStateEvent(&Event), 0);
        CHECK(IoCancelIrp(Irp));
        CHECK(KeReadStateEvent(&Event) != 0);
        CHECK_EQUAL(Irp->IoStatus.Status, STATUS_CANCELLED);
        CHECK_EQUAL(Cancelled, Round + 1);
        CHECK(!IoCancelIrp(Irp)); /* it has no routine any more */
        IoReuseIrp(Irp, STATUS_NOT_SUPPORTED);
        CHECK_EQUAL(Irp->IoStatus.Status, STATUS_NOT_SUPPORTED);
        CHECK(!Irp->Cancel);
    }
    IoFreeIrp(Irp);
}

static VOID TestLife(PDRIVER_OBJECT Driver)
{
    PDEVICE_OBJECT Single = ContractDevice(Driver, L"\\Device\\Single", 0, TRUE), Found;
    PFILE_OBJECT First, Second;

    CHECK_EQUAL(ContractOpen(L"\\Device\\Single", &First, &Found), STATUS_SUCCESS);
    CHECK(Found == Single && First->DeviceObject == Single);
    CHECK_EQUAL(ContractOpen(L"\\Device\\Single", &Second, &Found), STATUS_ACCESS_DENIED);
    CHECK(Ordered == 2 && Order[0] == 'C' && Order[1] == 'U');
    ObDereferenceObject(First);
    CHECK(Ordered == 3 && Order[2] == 'X');
    CHECK_EQUAL(ContractOpen(L"\\Device\\Single\\part", &First, &Found), STATUS_SUCCESS);
    CHECK_EQUAL(First->FileName.Length, 5 * sizeof(WCHAR));
    ObDereferenceObject(First);
    CHECK_EQUAL(ContractOpen(L"\\Device\\Nothing", &First, &Found), STATUS_OBJECT_NAME_NOT_FOUND);
    IoDeleteDevice(Single);
    CHECK_EQUAL(ContractOpen(L"\\Device\\Single", &First, &Found), STATUS_OBJECT_NAME_NOT_FOUND);
}

static VOID TestStack(PDRIVER_OBJECT Driver)
{
    UNICODE_STRING Link, Target;
    PDEVICE_OBJECT Found;
    PFILE_OBJECT File;

    Upper = ContractDevice(Driver, NULL, DO_BUFFERED_IO, FALSE);
    CHECK(IoAttachDeviceToDeviceStack(Upper, Lower) == Lower);
    CHECK(IoAttachDeviceToDeviceStack(Upper, Lower) == NULL);
    CHECK_EQUAL(Upper->StackSize, 2);
    CHECK(IoGetAttachedDevice(Lower) == Upper && Lower->AttachedDevice == Upper);
    RtlInitUnicodeString(&Link, L"\\DosDevices\\Stack");
    RtlInitUnicodeString(&Target, L"\\Device\\Lower");
    CHECK_EQUAL(IoCreateSymbolicLink(&Link, &Target), STATUS_SUCCESS);
    CHECK_EQUAL(ContractOpen(L"\\??\\Stack", &File, &Found), STATUS_SUCCESS);
    CHECK(Found == Upper && File->DeviceObject == Lower);
    CHECK_EQUAL(Passed, 2); /* create and cleanup */
    TestTransfers(Upper);
    TestReadWrite(Upper);
    TestOwnPacket(Upper);
    Passed = 0;
    ObDereferenceObject(File);
    CHECK_EQUAL(Passed, 1);
    CHECK_EQUAL(IoDeleteSymbolicLink(&Link), STATUS_SUCCESS);
    IoDetachDevice(Lower);
    CHECK(IoGetAttachedDevice(Lower) == Lower);
    IoDeleteDevice(Upper);
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    IoDeleteDevice(Lower);
    IoDeleteDevice(Direct);
    CHECK(Driver->DeviceObject == NULL);
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT Plain;

    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index <= IRP_MJ_MAXIMUM_FUNCTION; Index++) {
        DriverObject->MajorFunction[Index] = Dispatch;
    }
    DriverObject->DriverUnload = Unload;
    KeInitializeDpc(&Dpc, Complete, NULL);
    Lower = ContractDevice(DriverObject, L"\\Device\\Lower", DO_BUFFERED_IO, FALSE);
    Direct = ContractDevice(DriverObject, NULL, DO_DIRECT_IO, FALSE);
    Plain = ContractDevice(DriverObject, NULL, 0, FALSE);
    TestTransfers(Lower);
    TestReadWrite(Lower);
    TestReadWrite(Direct);
    TestReadWrite(Plain);
    TestOwnPacket(Lower);
    Cancelled = 0;
    TestLife(DriverObject);
    TestStack(DriverObject);
    IoDeleteDevice(Plain);
    return CONTRACT_RESULT();
}
