/* SPDX-License-Identifier: MIT */
/* A device is a file to those who open it by name: create, read, write, control and flush by a handle
 * become its requests, cleanup and close follow; what is in no device is not found. */
#include <ntifs.h> /* ZwFlushBuffersFile */

#include "requests.h"

#define CODE(Method) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, (Method), FILE_ANY_ACCESS)
#define CODE_PENDS   CTL_CODE(FILE_DEVICE_UNKNOWN, 0x810, METHOD_BUFFERED, FILE_ANY_ACCESS)

static UNICODE_STRING Link = RTL_CONSTANT_STRING(L"\\DosDevices\\Files");
static UNICODE_STRING Target = RTL_CONSTANT_STRING(L"\\Device\\Files");
static CHAR Order[16];
static ULONG Ordered;
static PFILE_OBJECT Current; /* the file of the last request */
static LONG64 Offset;        /* of the last transfer */
static KDPC Dpc;

static VOID NTAPI Complete(PKDPC Queued, PVOID Context, PVOID First, PVOID Second)
{
    UNREFERENCED_PARAMETER(Queued);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Second);
    ContractComplete(First, STATUS_SUCCESS, 3);
}

static NTSTATUS Create(PIRP Irp, PIO_STACK_LOCATION Location)
{
    CHECK_EQUAL(Location->Parameters.Create.Options & 0xFFFFFF,
                Location->Parameters.Create.SecurityContext->FullCreateOptions);
    return ContractComplete(Irp, STATUS_SUCCESS, Location->Parameters.Create.Options >> 24);
}

static NTSTATUS Control(PIRP Irp, ULONG Code)
{
    if (Code == CODE_PENDS) {
        IoMarkIrpPending(Irp);
        KeInsertQueueDpc(&Dpc, Irp, NULL);
        return STATUS_PENDING;
    }
    if (Code == CODE(METHOD_BUFFERED)) {
        ((PUCHAR)Irp->AssociatedIrp.SystemBuffer)[0]++;
        return ContractComplete(Irp, STATUS_SUCCESS, 1);
    }
    return ContractComplete(Irp, STATUS_NOT_SUPPORTED, 0);
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);

    UNREFERENCED_PARAMETER(Device);
    Current = Location->FileObject;
    if (Ordered < sizeof(Order)) {
        Order[Ordered++] = "C?XRW????F????D???U"[Location->MajorFunction];
    }
    switch (Location->MajorFunction) {
    case IRP_MJ_CREATE:
        return Create(Irp, Location);
    case IRP_MJ_READ:
        Offset = Location->Parameters.Read.ByteOffset.QuadPart;
        RtlFillMemory(Irp->AssociatedIrp.SystemBuffer, Location->Parameters.Read.Length, 0x5A);
        Current->CurrentByteOffset.QuadPart = Offset + 2;
        return ContractComplete(Irp, STATUS_SUCCESS, 2);
    case IRP_MJ_WRITE:
        CHECK_EQUAL(((PUCHAR)Irp->AssociatedIrp.SystemBuffer)[1], 0x77);
        CHECK_EQUAL(Location->Parameters.Write.Key, 9);
        return ContractComplete(Irp, STATUS_SUCCESS, Location->Parameters.Write.Length);
    case IRP_MJ_DEVICE_CONTROL:
        return Control(Irp, Location->Parameters.DeviceIoControl.IoControlCode);
    }
    return ContractComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS Open(PCWSTR Path, HANDLE Root, ULONG Disposition, ULONG Options, PHANDLE File,
                     PIO_STATUS_BLOCK Status)
{
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name;

    RtlInitUnicodeString(&Name, Path);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE, Root, NULL);
    return ZwCreateFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, Status, NULL,
                        FILE_ATTRIBUTE_NORMAL, 0, Disposition, Options, NULL, 0);
}

static VOID TestNotFound(VOID)
{
    static const struct {
        PCWSTR Path;
        NTSTATUS Status;
    } Paths[] = {
        {L"\\??\\C:\\Windows\\notes.txt", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\??\\C:", STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\SystemRoot\\System32\\drivers\\x.sys", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\Device\\HarddiskVolume1\\x", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\Device\\Nothing", STATUS_OBJECT_NAME_NOT_FOUND},
        {L"Files", STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"\\Driver\\io_files", STATUS_OBJECT_TYPE_MISMATCH},
    };
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK Status;
    HANDLE File;

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Paths); Index++) {
        CHECK_EQUAL(Open(Paths[Index].Path, NULL, FILE_OPEN, 0, &File, &Status),
                    Paths[Index].Status);
    }
    InitializeObjectAttributes(&Attributes, &Target, 0, NULL, NULL);
    CHECK_EQUAL(ZwCreateFile(&File, GENERIC_READ, &Attributes, &Status, NULL, 0, 0,
                             FILE_MAXIMUM_DISPOSITION + 1, 0, NULL, 0),
                STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(Ordered, 0);
}

static VOID TestTransfers(HANDLE File)
{
    LARGE_INTEGER Where = {.QuadPart = 40};
    UCHAR Buffer[4] = {0x10, 0x77};
    IO_STATUS_BLOCK Status;
    ULONG Key = 9;

    CHECK_EQUAL(ZwWriteFile(File, NULL, NULL, NULL, &Status, Buffer, 4, &Where, &Key), STATUS_SUCCESS);
    CHECK_EQUAL(Status.Information, 4);
    CHECK_EQUAL(ZwDeviceIoControlFile(File, NULL, NULL, NULL, &Status, CODE(METHOD_BUFFERED), Buffer,
                                      1, Buffer + 1, 1),
                STATUS_SUCCESS);
    CHECK(Buffer[0] == 0x10 && Buffer[1] == 0x11);
    CHECK_EQUAL(ZwDeviceIoControlFile(File, NULL, NULL, NULL, &Status, CODE(METHOD_NEITHER), NULL, 0,
                                      NULL, 0),
                STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(ZwDeviceIoControlFile(File, NULL, NULL, NULL, &Status, CODE_PENDS, NULL, 0, NULL, 0),
                STATUS_SUCCESS);
    CHECK_EQUAL(Status.Information, 3);
    CHECK_EQUAL(ZwReadFile(File, NULL, NULL, NULL, &Status, Buffer, 4, &Where, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(Offset, 40);
    CHECK_EQUAL(Status.Information, 2);
    CHECK(Buffer[1] == 0x5A && Buffer[2] == 0);
    CHECK_EQUAL(ZwReadFile(File, NULL, NULL, NULL, &Status, Buffer, 4, NULL, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(Offset, 42); /* where the file stands */
    CHECK_EQUAL(ZwFlushBuffersFile(File, &Status), STATUS_SUCCESS);
    CHECK_EQUAL(ZwReadFile(File, File, NULL, NULL, &Status, Buffer, 4, NULL, NULL),
                STATUS_OBJECT_TYPE_MISMATCH); /* that is no event */
    CHECK_EQUAL(ZwReadFile((HANDLE)(ULONG_PTR)0x7770, NULL, NULL, NULL, &Status, Buffer, 4, NULL, NULL),
                STATUS_INVALID_HANDLE);
}

static VOID TestFile(VOID)
{
    HANDLE File, Other;
    IO_STATUS_BLOCK Status;
    PFILE_OBJECT Object;
    UCHAR Byte;

    CHECK_EQUAL(Open(L"\\??\\Files", NULL, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT, &File, &Status),
                STATUS_SUCCESS);
    CHECK_EQUAL(Status.Information, FILE_OPEN_IF); /* as our driver says */
    CHECK_EQUAL(ObReferenceObjectByHandle(File, FILE_READ_DATA, *IoFileObjectType, KernelMode,
                                          (PVOID *)&Object, NULL),
                STATUS_SUCCESS);
    CHECK(Object == Current && Object->FileName.Length == 0);
    CHECK((Object->Flags & FO_SYNCHRONOUS_IO) != 0 && Object->ReadAccess && Object->WriteAccess);
    TestTransfers(File);
    CHECK_EQUAL(Open(L"part", File, FILE_OPEN, 0, &Other, &Status), STATUS_SUCCESS);
    CHECK(Current->RelatedFileObject == Object && Current->FileName.Length == 4 * sizeof(WCHAR));
    CHECK_EQUAL(ZwReadFile(Other, NULL, NULL, NULL, &Status, &Byte, 1, NULL, NULL),
                STATUS_INVALID_PARAMETER); /* an asynchronous file stands nowhere */
    CHECK_EQUAL(ZwClose(Other), STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(File), STATUS_SUCCESS);
    ObDereferenceObject(Object);
    CHECK(Ordered == 13 && RtlCompareMemory(Order, "CWDDDRRFCUXUX", 13) == 13);
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    CHECK_EQUAL(Driver->DeviceObject->ReferenceCount, 0);
    IoDeleteSymbolicLink(&Link);
    IoDeleteDevice(Driver->DeviceObject);
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index <= IRP_MJ_MAXIMUM_FUNCTION; Index++) {
        DriverObject->MajorFunction[Index] = Dispatch;
    }
    DriverObject->DriverUnload = Unload;
    KeInitializeDpc(&Dpc, Complete, NULL);
    ContractDevice(DriverObject, Target.Buffer, DO_BUFFERED_IO, FALSE);
    CHECK_EQUAL(IoCreateSymbolicLink(&Link, &Target), STATUS_SUCCESS);
    TestNotFound();
    TestFile();
    return CONTRACT_RESULT();
}
