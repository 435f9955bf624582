/* SPDX-License-Identifier: MIT */
/*
 * ask_all.c: a device that answers requests with what every processor says.
 *
 * The idiom of tools that read registers for a program: the program opens the
 * device, names a register in an IOCTL, and gets one value per processor.  Try
 *
 *     allcall run --ioctl 0x222000:1B000000 --ioctl 0x222004 --read 8 ask_all.sys
 */
#include <ntddk.h>

#define IOCTL_READ_MSR    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_READ_NUMBER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\AskAll");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\DosDevices\\AskAll");

/* A question for all processors; each writes its own answer. */
typedef struct _QUESTION {
    ULONG Msr; /* 0: what is your number? */
    ULONG Count;
    PULONG64 Answers;
} QUESTION;

static LONG Asked; /* questions, for IRP_MJ_READ */

static ULONG_PTR NTAPI Answer(ULONG_PTR Context)
{
    QUESTION *Question = (QUESTION *)Context;
    ULONG Index = KeGetCurrentProcessorNumberEx(NULL);

    if (Index < Question->Count) {
        Question->Answers[Index] = Question->Msr != 0 ? __readmsr(Question->Msr) : Index;
    }
    return 0;
}

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI CreateClose(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI Read(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length < sizeof(Asked)) {
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    }
    *(LONG *)Irp->AssociatedIrp.SystemBuffer = InterlockedOr(&Asked, 0);
    return Complete(Irp, STATUS_SUCCESS, sizeof(Asked));
}

static NTSTATUS NTAPI DeviceControl(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);
    ULONG Processors = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
    QUESTION Question = {0, Processors, Irp->AssociatedIrp.SystemBuffer};

    UNREFERENCED_PARAMETER(Device);
    switch (Location->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_READ_MSR:
        if (Location->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG)) {
            return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
        }
        Question.Msr = *(PULONG)Irp->AssociatedIrp.SystemBuffer; /* before the answers overwrite it */
        break;
    case IOCTL_READ_NUMBER:
        break;
    default:
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
    if (Location->Parameters.DeviceIoControl.OutputBufferLength < Processors * sizeof(ULONG64)) {
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    }
    InterlockedIncrement(&Asked);
    KeIpiGenericCall(Answer, (ULONG_PTR)&Question);
    return Complete(Irp, STATUS_SUCCESS, Processors * sizeof(ULONG64));
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT Device;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    Status = IoCreateDevice(DriverObject, 0, &DeviceName, FILE_DEVICE_UNKNOWN,
                            FILE_DEVICE_SECURE_OPEN, FALSE, &Device);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Device->Flags |= DO_BUFFERED_IO;
    Status = IoCreateSymbolicLink(&LinkName, &DeviceName);
    if (!NT_SUCCESS(Status)) {
        IoDeleteDevice(Device);
        return Status;
    }
    DriverObject->MajorFunction[IRP_MJ_CREATE] = CreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = CreateClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = Read;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DeviceControl;
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
