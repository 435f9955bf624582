/* SPDX-License-Identifier: MIT */
/* requests.h: a device of the test's own, and requests that it sends to it. */
#pragma once

#include "threads.h"

/* Create a device and let it be opened at once. */
static inline PDEVICE_OBJECT ContractDevice(PDRIVER_OBJECT Driver, PCWSTR Name, ULONG Flags,
                                            BOOLEAN Exclusive)
{
    UNICODE_STRING Text;
    PDEVICE_OBJECT Device = NULL;

    RtlInitUnicodeString(&Text, Name);
    CHECK_EQUAL(IoCreateDevice(Driver, 0, Name != NULL ? &Text : NULL, FILE_DEVICE_UNKNOWN, 0,
                               Exclusive, &Device),
                STATUS_SUCCESS);
    Device->Flags |= Flags;
    Device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return Device;
}

static inline NTSTATUS ContractOpen(PCWSTR Name, PFILE_OBJECT *File, PDEVICE_OBJECT *Device)
{
    UNICODE_STRING Text;

    RtlInitUnicodeString(&Text, Name);
    return IoGetDeviceObjectPointer(&Text, FILE_ALL_ACCESS, File, Device);
}

/* Send one IRP_MJ_CREATE to Create, by opening a new device of that driver. */
static inline VOID ContractCreate(PDRIVER_OBJECT Driver, PDRIVER_DISPATCH Create)
{
    PDEVICE_OBJECT Device;
    PFILE_OBJECT File;

    Driver->MajorFunction[IRP_MJ_CREATE] = Create;
    ContractDevice(Driver, L"\\Device\\Contract", 0, FALSE);
    ContractOpen(L"\\Device\\Contract", &File, &Device);
}

static inline NTSTATUS ContractComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* Send a request that was built with these, and wait. */
static inline NTSTATUS ContractSend(PDEVICE_OBJECT Device, PIRP Irp, PKEVENT Event,
                                    PIO_STATUS_BLOCK Status)
{
    if (IoCallDriver(Device, Irp) == STATUS_PENDING) {
        CHECK_EQUAL(KeWaitForSingleObject(Event, Executive, KernelMode, FALSE, NULL),
                    STATUS_SUCCESS);
    }
    CHECK(KeReadStateEvent(Event) != 0);
    return Status->Status;
}

static inline NTSTATUS ContractControl(PDEVICE_OBJECT Device, ULONG Code, PVOID Input,
                                       ULONG InputLength, PVOID Output, ULONG OutputLength,
                                       ULONG_PTR *Information)
{
    IO_STATUS_BLOCK Status = {0};
    KEVENT Event;
    PIRP Irp;
    NTSTATUS Result;

    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    Irp = IoBuildDeviceIoControlRequest(Code, Device, Input, InputLength, Output, OutputLength,
                                        FALSE, &Event, &Status);
    CHECK(Irp != NULL);
    Result = ContractSend(Device, Irp, &Event, &Status);
    *Information = Status.Information;
    return Result;
}
