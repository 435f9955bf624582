/* SPDX-License-Identifier: MIT */
/*
 * file.c: files, which here are open devices.
 *
 * The life of a file in requests: IRP_MJ_CREATE, what is asked of it,
 * IRP_MJ_CLEANUP when nobody has a handle any more, IRP_MJ_CLOSE with the last
 * reference.  All go to the top of the stack of devices as it was when the file
 * was opened.  DEVICE_OBJECT.ReferenceCount counts the device's open files.
 *
 * References: "FILE_OBJECT structure (wdm.h)", "IoGetDeviceObjectPointer
 * function (wdm.h)", "IRP_MJ_CREATE", "IRP_MJ_CLEANUP", "IRP_MJ_CLOSE",
 * "Specifying Exclusive Access to Device Objects".
 */
#include "irp.h"

#define IOP_TAG_FILE 0x656C6946u /* 'File' in memory */
#define IOP_LINKS    8           /* symbolic links that a path may lead over */

typedef struct _IOP_FILE {
    FILE_OBJECT Object;
    PDEVICE_OBJECT Top; /* of the stack */
    BOOLEAN Open;       /* the driver has accepted IRP_MJ_CREATE */
    BOOLEAN CleanedUp;
} IOP_FILE;

/* IopTellDriver: send a request without parameters to a file's device; its status does not matter. */
static VOID IopTellDriver(IOP_FILE *File, UCHAR MajorFunction)
{
    IOP_SENT Sent;
    PIRP Irp;

    IopPrepareSend(&Sent);
    Irp = IopBuildRequest(File->Top, MajorFunction, &Sent.Event, &Sent.Status);
    if (Irp == NULL) {
        return;
    }
    IoGetNextIrpStackLocation(Irp)->FileObject = &File->Object;
    Irp->Tail.Overlay.OriginalFileObject = &File->Object;
    IopSendRequest(File->Top, Irp, &Sent);
}

VOID IopCleanUpFile(PVOID Object)
{
    IOP_FILE *File = Object;

    if (File->Open && !File->CleanedUp) {
        File->CleanedUp = TRUE;
        IopTellDriver(File, IRP_MJ_CLEANUP);
    }
}

/* IopDeleteFile: the last reference is gone. */
static VOID IopDeleteFile(PVOID Object)
{
    IOP_FILE *File = Object;

    if (File->Open) {
        IopCleanUpFile(File);
        IopTellDriver(File, IRP_MJ_CLOSE);
    }
    InterlockedDecrement(&File->Object.DeviceObject->ReferenceCount);
    ObfDereferenceObject(File->Top);
    ObfDereferenceObject(File->Object.DeviceObject);
}

const OBP_TYPE IopFileType = {
    .Self = &IopFileType,
    .Delete = IopDeleteFile,
    .Close = IopCleanUpFile,
    .Tag = IOP_TAG_FILE,
};

/* IopMakeFile: the object, before the driver knows of it. */
static IOP_FILE *IopMakeFile(PDEVICE_OBJECT Device, PCUNICODE_STRING Rest)
{
    IOP_FILE *File = ObpCreateObject(&IopFileType, sizeof(*File) + Rest->Length);
    PFILE_OBJECT Object = &File->Object;

    if (File == NULL) {
        return NULL;
    }
    Object->Type = IO_TYPE_FILE;
    Object->Size = sizeof(*Object);
    Object->DeviceObject = Device;
    Object->Flags = FO_SYNCHRONOUS_IO;
    Object->FileName.Buffer = Rest->Length != 0 ? (PWCHAR)(File + 1) : NULL;
    Object->FileName.Length = Object->FileName.MaximumLength = Rest->Length;
    RtlCopyMemory(File + 1, Rest->Buffer, Rest->Length);
    KeInitializeEvent(&Object->Lock, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Object->Event, NotificationEvent, FALSE);
    File->Top = IoGetAttachedDeviceReference(Device);
    ObfReferenceObject(Device);
    return File;
}

/* IopSendCreate: ask the driver whether the file may be opened. */
static NTSTATUS IopSendCreate(IOP_FILE *File, ACCESS_MASK Access, ULONG ShareAccess, ULONG Options)
{
    ACCESS_STATE State = { .OriginalDesiredAccess = Access, .PreviouslyGrantedAccess = Access };
    IO_SECURITY_CONTEXT Security = { .AccessState = &State,
                                     .DesiredAccess = Access,
                                     .FullCreateOptions = Options };
    PIO_STACK_LOCATION Next;
    IOP_SENT Sent;
    PIRP Irp;

    IopPrepareSend(&Sent);
    Irp = IopBuildRequest(File->Top, IRP_MJ_CREATE, &Sent.Event, &Sent.Status);
    if (Irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Irp->Flags = IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API;
    Irp->Tail.Overlay.OriginalFileObject = &File->Object;
    Next = IoGetNextIrpStackLocation(Irp);
    Next->FileObject = &File->Object;
    Next->Parameters.Create.SecurityContext = &Security;
    Next->Parameters.Create.Options = Options | FILE_OPEN << 24;
    Next->Parameters.Create.ShareAccess = (USHORT)ShareAccess;
    return IopSendRequest(File->Top, Irp, &Sent);
}

NTSTATUS IopOpenDevice(PDEVICE_OBJECT Device, PCUNICODE_STRING Rest, ACCESS_MASK Access,
                       ULONG ShareAccess, ULONG Options, PFILE_OBJECT *Opened)
{
    IOP_FILE *File;
    NTSTATUS Status;

    if ((Device->Flags & DO_DEVICE_INITIALIZING) != 0) {
        return STATUS_NO_SUCH_DEVICE;
    }
    if (InterlockedIncrement(&Device->ReferenceCount) != 1 && (Device->Flags & DO_EXCLUSIVE) != 0) {
        InterlockedDecrement(&Device->ReferenceCount);
        return STATUS_ACCESS_DENIED;
    }
    File = IopMakeFile(Device, Rest);
    if (File == NULL) {
        InterlockedDecrement(&Device->ReferenceCount);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    File->Object.ReadAccess = (Access & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL)) != 0;
    File->Object.WriteAccess = (Access & (FILE_WRITE_DATA | GENERIC_WRITE | GENERIC_ALL)) != 0;
    Status = IopSendCreate(File, Access, ShareAccess, Options);
    if (!NT_SUCCESS(Status)) {
        ObfDereferenceObject(File);
        return Status;
    }
    File->Open = TRUE;
    *Opened = &File->Object;
    return STATUS_SUCCESS;
}

/*
 * IopFindPrefix: the device or link that a path begins with: the longest that there is.
 * => NULL: there is none
 */
static PVOID IopFindPrefix(PCUNICODE_STRING Path, const OBP_TYPE **Type, PUNICODE_STRING Rest)
{
    UNICODE_STRING Prefix = *Path;

    for (;;) {
        PVOID Object = ObpFindAnyName(&Prefix, Type);

        if (Object != NULL) {
            Rest->Buffer = Path->Buffer + Prefix.Length / sizeof(WCHAR);
            Rest->Length = Rest->MaximumLength = Path->Length - Prefix.Length;
            return Object;
        }
        do {
            if (Prefix.Length < 2 * sizeof(WCHAR)) {
                return NULL;
            }
            Prefix.Length -= sizeof(WCHAR);
        } while (Prefix.Buffer[Prefix.Length / sizeof(WCHAR)] != L'\\');
    }
}

NTSTATUS IopFindDevice(PCUNICODE_STRING Path, PDEVICE_OBJECT *Device, PUNICODE_STRING Rest)
{
    const OBP_TYPE *Type = NULL;
    PVOID Object = IopFindPrefix(Path, &Type, Rest);

    for (ULONG Links = 0; Object != NULL && Type == &IopLinkType && Links < IOP_LINKS; Links++) {
        UNICODE_STRING Target = *IopLinkTarget(Object), Behind = { 0 };
        PVOID Next = IopFindPrefix(&Target, &Type, &Behind);

        ObfDereferenceObject(Object);
        Object = Next;
        if (Object != NULL && Behind.Length != 0) {
            break; /* a link into a device's own names: there is no room to join them */
        }
    }
    if (Object != NULL && Type == &IopDeviceType) {
        *Device = Object;
        return STATUS_SUCCESS;
    }
    if (Object != NULL) {
        ObfDereferenceObject(Object);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

/*
 * IoGetDeviceObjectPointer: open a device by name.
 * => *FileObject: referenced; to dereference it closes the device; *DeviceObject: the top of its stack
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess,
                                        PFILE_OBJECT *FileObject, PDEVICE_OBJECT *DeviceObject)
{
    UNICODE_STRING Rest;
    PDEVICE_OBJECT Device;
    NTSTATUS Status = IopFindDevice(ObjectName, &Device, &Rest);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = IopOpenDevice(Device, &Rest, DesiredAccess, 0, 0, FileObject);
    ObfDereferenceObject(Device);
    if (NT_SUCCESS(Status)) {
        *DeviceObject = IoGetRelatedDeviceObject(*FileObject);
        IopCleanUpFile(*FileObject); /* its handle was closed at once */
    }
    return Status;
}

/* IoGetRelatedDeviceObject: the device to which requests of a file go.
 * ["IoGetRelatedDeviceObject function (wdm.h)"] */
PDEVICE_OBJECT NTAPI IoGetRelatedDeviceObject(PFILE_OBJECT FileObject)
{
    return IoGetAttachedDevice(FileObject->DeviceObject);
}
