/* SPDX-License-Identifier: MIT */
/*
 * file.c: files, which here are open devices.
 *
 * The life of a file in requests: IRP_MJ_CREATE, what is asked of it,
 * IRP_MJ_CLEANUP when nobody has a handle any more, IRP_MJ_CLOSE with the last
 * reference.  Each goes to what is then the top of the device's stack.
 * DEVICE_OBJECT.ReferenceCount counts the device's open files.
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
    BOOLEAN Open;       /* the driver has accepted IRP_MJ_CREATE */
    BOOLEAN CleanedUp;
} IOP_FILE;

PIRP IopBuildFileRequest(PFILE_OBJECT File, ULONG MajorFunction, IOP_SENT *Sent)
{
    PIRP Irp;

    IopPrepareSend(Sent);
    Sent->Device = IoGetAttachedDeviceReference(File->DeviceObject);
    Irp = IopBuildRequest(Sent->Device, MajorFunction, &Sent->Event, &Sent->Status);
    if (Irp == NULL) {
        ObfDereferenceObject(Sent->Device);
        return NULL;
    }
    Irp->Flags |= IRP_SYNCHRONOUS_API;
    Irp->Tail.Overlay.OriginalFileObject = File;
    IoGetNextIrpStackLocation(Irp)->FileObject = File;
    return Irp;
}

NTSTATUS IopSendFileRequest(PIRP Irp, IOP_SENT *Sent)
{
    NTSTATUS Status = IopSendRequest(Sent->Device, Irp, Sent);

    ObfDereferenceObject(Sent->Device);
    return Status;
}

/* IopTellDriver: send a request without parameters to a file's device; its status does not matter. */
static VOID IopTellDriver(IOP_FILE *File, UCHAR MajorFunction)
{
    IOP_SENT Sent;
    PIRP Irp = IopBuildFileRequest(&File->Object, MajorFunction, &Sent);

    if (Irp != NULL) {
        Irp->Flags |= IRP_CLOSE_OPERATION;
        IopSendFileRequest(Irp, &Sent);
    }
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
    ObfDereferenceObject(File->Object.DeviceObject);
    if (File->Object.RelatedFileObject != NULL) {
        ObfDereferenceObject(File->Object.RelatedFileObject);
    }
}

const OBP_TYPE IopFileType = {
    .Self = &IopFileType,
    .Delete = IopDeleteFile,
    .Close = IopCleanUpFile,
    .Tag = IOP_TAG_FILE,
};

const OBP_TYPE *IoFileObjectType = &IopFileType;

/* IopMakeFile: the object, before the driver knows of it. */
static IOP_FILE *IopMakeFile(PDEVICE_OBJECT Device, PCUNICODE_STRING Rest, const IOP_OPENING *How)
{
    IOP_FILE *File = ObpCreateObject(&IopFileType, sizeof(*File) + Rest->Length);
    PFILE_OBJECT Object = &File->Object;

    if (File == NULL) {
        return NULL;
    }
    Object->Type = IO_TYPE_FILE;
    Object->Size = sizeof(*Object);
    Object->DeviceObject = Device;
    Object->Flags = How->Options & IOP_SYNCHRONOUS ? FO_SYNCHRONOUS_IO : 0;
    Object->ReadAccess = (How->Access & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL)) != 0;
    Object->WriteAccess = (How->Access & (FILE_WRITE_DATA | GENERIC_WRITE | GENERIC_ALL)) != 0;
    Object->FileName.Buffer = Rest->Length != 0 ? (PWCHAR)(File + 1) : NULL;
    Object->FileName.Length = Object->FileName.MaximumLength = Rest->Length;
    RtlCopyMemory(File + 1, Rest->Buffer, Rest->Length);
    KeInitializeEvent(&Object->Lock, SynchronizationEvent, TRUE);
    KeInitializeEvent(&Object->Event, NotificationEvent, FALSE);
    ObfReferenceObject(Device);
    Object->RelatedFileObject = How->Related;
    if (How->Related != NULL) {
        ObfReferenceObject(How->Related);
    }
    return File;
}

/* IopSendCreate: ask the driver whether the file may be opened. */
static NTSTATUS IopSendCreate(IOP_FILE *File, const IOP_OPENING *How, ULONG_PTR *Information)
{
    ACCESS_STATE State = { .OriginalDesiredAccess = How->Access,
                           .PreviouslyGrantedAccess = How->Access };
    IO_SECURITY_CONTEXT Security = { .AccessState = &State,
                                     .DesiredAccess = How->Access,
                                     .FullCreateOptions = How->Options };
    PIO_STACK_LOCATION Next;
    IOP_SENT Sent;
    PIRP Irp = IopBuildFileRequest(&File->Object, IRP_MJ_CREATE, &Sent);
    NTSTATUS Status;

    if (Irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Irp->Flags |= IRP_CREATE_OPERATION;
    Next = IoGetNextIrpStackLocation(Irp);
    Next->Parameters.Create.SecurityContext = &Security;
    Next->Parameters.Create.Options = (How->Options & 0xFFFFFF) | How->Disposition << 24;
    Next->Parameters.Create.FileAttributes = (USHORT)How->Attributes;
    Next->Parameters.Create.ShareAccess = (USHORT)How->ShareAccess;
    Status = IopSendFileRequest(Irp, &Sent);
    *Information = Sent.Status.Information;
    return Status;
}

NTSTATUS IopOpenDevice(PDEVICE_OBJECT Device, PCUNICODE_STRING Rest, const IOP_OPENING *How,
                       PFILE_OBJECT *Opened, ULONG_PTR *Information)
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
    File = IopMakeFile(Device, Rest, How);
    if (File == NULL) {
        InterlockedDecrement(&Device->ReferenceCount);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Status = IopSendCreate(File, How, Information);
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
    return ObpWhyNotFound(Path);
}

/*
 * IoGetDeviceObjectPointer: open a device by name.
 * => *FileObject: referenced; to dereference it closes the device; *DeviceObject: the top of its stack
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess,
                                        PFILE_OBJECT *FileObject, PDEVICE_OBJECT *DeviceObject)
{
    const IOP_OPENING How = { .Access = DesiredAccess, .Disposition = FILE_OPEN };
    UNICODE_STRING Rest;
    PDEVICE_OBJECT Device;
    ULONG_PTR Information;
    NTSTATUS Status = IopFindDevice(ObjectName, &Device, &Rest);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = IopOpenDevice(Device, &Rest, &How, FileObject, &Information);
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
