/* SPDX-License-Identifier: MIT */
/*
 * driver_object.c: driver objects.
 *
 * One reference is the I/O manager's, one each of its devices' (device.c): a
 * driver that forgets a device stays in memory.
 *
 * Reference: "DRIVER_OBJECT structure (wdm.h)", "DRIVER_INITIALIZE callback
 * function (wdm.h)".
 */
#include "iop.h"

#define IOP_TAG_DRIVER 0x76724449u /* 'IDrv' in memory */
#define IOP_TAG_TEXT   0x74785449u /* 'ITxt' */

#define IOP_SERVICES L"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\"
#define IOP_DRIVERS  L"\\Driver\\"

static UNICODE_STRING IopHardwareDatabase =
    RTL_CONSTANT_STRING(L"\\REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION\\SYSTEM");

/* IopDeleteDriver: the last reference is gone. */
static VOID IopDeleteDriver(PVOID Object)
{
    IOP_DRIVER *Driver = Object;
    PVOID Strings[] = { Driver->RegistryPath.Buffer, Driver->Object.DriverName.Buffer,
                        Driver->Extension.ServiceKeyName.Buffer };

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Strings); Index++) {
        if (Strings[Index] != NULL) {
            ExFreePool(Strings[Index]);
        }
    }
    if (Driver->Image != NULL) {
        MmUnloadSystemImage(Driver->Image);
    }
}

const OBP_TYPE IopDriverType = {
    .Self = &IopDriverType,
    .Delete = IopDeleteDriver,
    .Tag = IOP_TAG_DRIVER,
};

/* IopConcatenate: Prefix and Name in a new terminated string. */
static BOOLEAN IopConcatenate(PUNICODE_STRING Result, PCWSTR Prefix, PCUNICODE_STRING Name)
{
    UNICODE_STRING First;

    RtlInitUnicodeString(&First, Prefix);
    Result->Length = First.Length + Name->Length;
    Result->MaximumLength = Result->Length + sizeof(WCHAR);
    Result->Buffer = ExAllocatePoolZero(NonPagedPoolNx, Result->MaximumLength, IOP_TAG_TEXT);
    if (Result->Buffer == NULL) {
        return FALSE;
    }
    memcpy(Result->Buffer, First.Buffer, First.Length);
    memcpy((PUCHAR)Result->Buffer + First.Length, Name->Buffer, Name->Length);
    return TRUE;
}

VOID IopCutExtension(PUNICODE_STRING Name)
{
    UNICODE_STRING Extension = RTL_CONSTANT_STRING(L".sys"), End;

    if (Name->Length > Extension.Length) {
        End.Length = Extension.Length;
        End.MaximumLength = End.Length;
        End.Buffer = Name->Buffer + (Name->Length - Extension.Length) / sizeof(WCHAR);
        if (RtlEqualUnicodeString(&End, &Extension, TRUE)) {
            Name->Length -= Extension.Length;
        }
    }
}

/* IopFillDriver: set what a driver finds in its object. */
static BOOLEAN IopFillDriver(IOP_DRIVER *Driver, PMM_IMAGE Image)
{
    PDRIVER_OBJECT Object = &Driver->Object;
    UNICODE_STRING Name = Image->BaseDllName;

    IopCutExtension(&Name);
    Object->Type = IO_TYPE_DRIVER;
    Object->Size = sizeof(*Object);
    Object->Flags = DRVO_LEGACY_DRIVER;
    Object->DriverStart = Image->DllBase;
    Object->DriverSize = Image->SizeOfImage;
    Object->DriverSection = Image;
    Object->DriverExtension = &Driver->Extension;
    Object->HardwareDatabase = &IopHardwareDatabase;
    Object->DriverInit = (PDRIVER_INITIALIZE)Image->EntryPoint;
    Driver->Extension.DriverObject = Object;
    for (ULONG Index = 0; Index <= IRP_MJ_MAXIMUM_FUNCTION; Index++) {
        Object->MajorFunction[Index] = IopInvalidDeviceRequest;
    }
    return IopConcatenate(&Object->DriverName, IOP_DRIVERS, &Name) &&
           IopConcatenate(&Driver->Extension.ServiceKeyName, L"", &Name) &&
           IopConcatenate(&Driver->RegistryPath, IOP_SERVICES, &Name);
}

NTSTATUS IopCreateDriver(PMM_IMAGE Image, LONG Index, IOP_DRIVER **Created)
{
    IOP_DRIVER *Driver = ObpCreateObject(&IopDriverType, sizeof(*Driver));
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;

    if (Driver == NULL) {
        return Status;
    }
    Driver->Index = Index;
    if (IopFillDriver(Driver, Image)) {
        Status = ObpInsertName(Driver, &Driver->Object.DriverName);
    }
    if (!NT_SUCCESS(Status)) {
        ObfDereferenceObject(Driver);
        return Status == STATUS_OBJECT_NAME_COLLISION ? STATUS_IMAGE_ALREADY_LOADED : Status;
    }
    Driver->Image = Image;
    *Created = Driver;
    return STATUS_SUCCESS;
}
