/* SPDX-License-Identifier: MIT */
/* The driver that io_loads unloads and loads; where io_loads wants it, its DriverEntry calls. */
#include "contract.h"

#define TAG 'dLoI'

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\IoLoaded");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\IoLoaded");
static volatile LONG Runs; /* 0 each time that it is loaded */
static PVOID Block;
static KTIMER Timer;

static ULONG_PTR NTAPI Routine(ULONG_PTR Context)
{
    InterlockedAdd((volatile LONG *)Context, 1);
    return KeGetCurrentIrql();
}

/* IsWanted: has io_loads made the callback object that asks for calls? */
static BOOLEAN IsWanted(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Callback\\IoLoadsCalls");
    OBJECT_ATTRIBUTES Attributes;
    PCALLBACK_OBJECT Object;

    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    if (!NT_SUCCESS(ExCreateCallback(&Object, &Attributes, FALSE, TRUE))) {
        return FALSE;
    }
    ObDereferenceObject(Object);
    return TRUE;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    KeCancelTimer(&Timer);
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(DriverObject->DeviceObject);
    ExFreePoolWithTag(Block, TAG);
}

static NTSTATUS NTAPI Open(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Never = { .QuadPart = -36000000000 };
    PDEVICE_OBJECT Device;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = Open;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = Open;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = Open;
    CHECK_EQUAL(Runs, 0);
    CHECK_EQUAL(IoCreateDevice(DriverObject, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device),
                STATUS_SUCCESS);
    CHECK_EQUAL(IoCreateSymbolicLink(&LinkName, &DeviceName), STATUS_SUCCESS);
    Block = ExAllocatePoolWithTag(NonPagedPoolNx, 1000, TAG);
    CHECK(Block != NULL);
    KeInitializeTimer(&Timer);
    KeSetTimer(&Timer, Never, NULL);
    if (IsWanted()) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, (ULONG_PTR)&Runs), 14);
        CHECK_EQUAL(Runs, ContractProcessors());
    }
    return CONTRACT_RESULT();
}
