/* SPDX-License-Identifier: MIT */
/*
 * file_service.c: files by handles: open, read, write, control, flush.
 *
 * A file is another driver's device, or the caller's own; there is no file
 * system, so that any other path is not found.  Every request is waited for,
 * also on a file that was opened for asynchronous requests, and so is never
 * pending for the caller; requests of a synchronous file come one at a time.
 * Nobody calls from user mode: the caller's access rights are not looked at.
 *
 * References: "ZwCreateFile function (ntifs.h)", "ZwReadFile function
 * (ntifs.h)", "ZwWriteFile function (ntifs.h)", "ZwDeviceIoControlFile function
 * (ntifs.h)", "ZwFlushBuffersFile function (ntifs.h)".
 */
#include "irp.h"

/* A request on its way, and what is to be given back after it. */
typedef struct _IOP_FILE_CALL {
    PFILE_OBJECT File;
    PKEVENT Event; /* the caller's, or NULL */
    PIRP Irp;
    IOP_SENT Sent;
} IOP_FILE_CALL;

/* IopFindFile: the device that a name leads to, and what it calls the file. */
static NTSTATUS IopFindFile(POBJECT_ATTRIBUTES Attributes, IOP_OPENING *How, PDEVICE_OBJECT *Device,
                            PUNICODE_STRING Rest)
{
    NTSTATUS Status;

    if (Attributes->ObjectName == NULL) {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    if (Attributes->RootDirectory == NULL) {
        return IopFindDevice(Attributes->ObjectName, Device, Rest);
    }
    Status = ObReferenceObjectByHandle(Attributes->RootDirectory, 0, (POBJECT_TYPE)&IopFileType,
                                       KernelMode, (PVOID *)&How->Related, NULL);
    if (NT_SUCCESS(Status)) {
        *Device = How->Related->DeviceObject;
        ObfReferenceObject(*Device);
        *Rest = *Attributes->ObjectName;
    }
    return Status;
}

/* IopOpenFile: what ZwCreateFile and ZwOpenFile have in common. */
static NTSTATUS IopOpenFile(PHANDLE Handle, POBJECT_ATTRIBUTES Attributes, IOP_OPENING *How,
                            PIO_STATUS_BLOCK IoStatusBlock)
{
    UNICODE_STRING Rest;
    PDEVICE_OBJECT Device;
    PFILE_OBJECT File;
    NTSTATUS Status = IopFindFile(Attributes, How, &Device, &Rest);

    IoStatusBlock->Information = 0;
    if (NT_SUCCESS(Status)) {
        Status = IopOpenDevice(Device, &Rest, How, &File, &IoStatusBlock->Information);
        ObfDereferenceObject(Device);
    }
    if (How->Related != NULL) {
        ObfDereferenceObject(How->Related);
    }
    if (NT_SUCCESS(Status)) {
        Status = ObpCreateHandle(File, Attributes->Attributes, Handle);
        ObfDereferenceObject(File); /* the handle has its own reference */
    }
    IoStatusBlock->Status = Status;
    return Status;
}

/*
 * ZwCreateFile: open a device by its name or a symbolic link, or a file of it.
 * => what the driver says to IRP_MJ_CREATE; STATUS_OBJECT_NAME_NOT_FOUND or, in a directory that is
 *    not there, such as a file system's, STATUS_OBJECT_PATH_NOT_FOUND
 * => EaBuffer, AllocationSize: for file systems, not handed on
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                            POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                            PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                            ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
                            ULONG EaLength)
{
    IOP_OPENING How = { .Access = DesiredAccess,
                        .Attributes = FileAttributes,
                        .ShareAccess = ShareAccess,
                        .Disposition = CreateDisposition,
                        .Options = CreateOptions };

    UNREFERENCED_PARAMETER(AllocationSize);
    UNREFERENCED_PARAMETER(EaBuffer);
    UNREFERENCED_PARAMETER(EaLength);
    if (CreateDisposition > FILE_MAXIMUM_DISPOSITION ||
        (CreateOptions & IOP_SYNCHRONOUS) == IOP_SYNCHRONOUS) {
        return STATUS_INVALID_PARAMETER;
    }
    return IopOpenFile(FileHandle, ObjectAttributes, &How, IoStatusBlock);
}

/* NtCreateFile: ZwCreateFile under its other name. */
NTSTATUS NTAPI NtCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                            POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                            PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                            ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
                            ULONG EaLength)
{
    return ZwCreateFile(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, AllocationSize,
                        FileAttributes, ShareAccess, CreateDisposition, CreateOptions, EaBuffer,
                        EaLength);
}

/* ZwOpenFile: the same for what exists.  "ZwOpenFile function (ntifs.h)". */
NTSTATUS NTAPI ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                          POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                          ULONG ShareAccess, ULONG OpenOptions)
{
    return ZwCreateFile(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, NULL, 0,
                        ShareAccess, FILE_OPEN, OpenOptions, NULL, 0);
}

/* NtOpenFile: ZwOpenFile under its other name. */
NTSTATUS NTAPI NtOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                          POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                          ULONG ShareAccess, ULONG OpenOptions)
{
    return ZwOpenFile(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, ShareAccess,
                      OpenOptions);
}

/* IopFindEvent: the event of a handle, or NULL for no handle. */
static NTSTATUS IopFindEvent(HANDLE Handle, PKEVENT *Event)
{
    NTSTATUS Status = STATUS_SUCCESS;

    *Event = NULL;
    if (Handle != NULL) {
        Status = ObReferenceObjectByHandle(Handle, 0, NULL, KernelMode, (PVOID *)Event, NULL);
    }
    if (*Event != NULL && (!ObpHeaderOf(*Event)->Type->CanWait ||
                           (*Event)->Header.Type > SynchronizationEvent)) {
        ObfDereferenceObject(*Event);
        Status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    return Status;
}

/* IopEndCall: give back what IopBeginCall has taken. */
static VOID IopEndCall(IOP_FILE_CALL *Call)
{
    if ((Call->File->Flags & FO_SYNCHRONOUS_IO) != 0) {
        KeSetEvent(&Call->File->Lock, IO_NO_INCREMENT, FALSE);
    }
    if (Call->Event != NULL) {
        ObfDereferenceObject(Call->Event);
    }
    ObfDereferenceObject(Call->File);
}

/*
 * IopBeginCall: the file and event of a call, and its packet.
 * => ApcRoutine: drivers have to set it to NULL
 */
static NTSTATUS IopBeginCall(IOP_FILE_CALL *Call, HANDLE File, HANDLE Event,
                             PIO_APC_ROUTINE ApcRoutine, ULONG MajorFunction)
{
    NTSTATUS Status;

    if (ApcRoutine != NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    Status = ObReferenceObjectByHandle(File, 0, (POBJECT_TYPE)&IopFileType, KernelMode,
                                       (PVOID *)&Call->File, NULL);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = IopFindEvent(Event, &Call->Event);
    if (!NT_SUCCESS(Status)) {
        ObfDereferenceObject(Call->File);
        return Status;
    }
    if ((Call->File->Flags & FO_SYNCHRONOUS_IO) != 0) {
        KeWaitForSingleObject(&Call->File->Lock, Executive, KernelMode, FALSE, NULL);
    }
    if (Call->Event != NULL) {
        KeClearEvent(Call->Event);
    }
    Call->Irp = IopBuildFileRequest(Call->File, MajorFunction, &Call->Sent);
    if (Call->Irp == NULL) {
        IopEndCall(Call);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

/* IopGiveUpCall: end a call whose request is not sent. */
static NTSTATUS IopGiveUpCall(IOP_FILE_CALL *Call, NTSTATUS Status)
{
    IopDropRequest(Call->Irp);
    ObfDereferenceObject(Call->Sent.Device);
    IopEndCall(Call);
    return Status;
}

/* IopFinishCall: send the request and end the call. */
static NTSTATUS IopFinishCall(IOP_FILE_CALL *Call, PIO_STATUS_BLOCK IoStatusBlock)
{
    NTSTATUS Status = IopSendFileRequest(Call->Irp, &Call->Sent);

    *IoStatusBlock = Call->Sent.Status;
    if (Call->Event != NULL) {
        KeSetEvent(Call->Event, IO_NO_INCREMENT, FALSE);
    }
    KeSetEvent(&Call->File->Event, IO_NO_INCREMENT, FALSE);
    IopEndCall(Call);
    return Status;
}

/*
 * IopPosition: where a transfer begins: as the caller says, or where the file stands.
 * => FALSE: he has to say, since the file is not synchronous
 */
static BOOLEAN IopPosition(PFILE_OBJECT File, const LARGE_INTEGER *Asked, PLARGE_INTEGER Position)
{
    if (Asked != NULL &&
        (Asked->LowPart != FILE_USE_FILE_POINTER_POSITION || Asked->HighPart != -1)) {
        *Position = *Asked;
        return TRUE;
    }
    *Position = File->CurrentByteOffset;
    return (File->Flags & FO_SYNCHRONOUS_IO) != 0;
}

/* IopTransfer: what ZwReadFile and ZwWriteFile have in common. */
static NTSTATUS IopTransfer(HANDLE File, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                            ULONG MajorFunction, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                            ULONG Length, const LARGE_INTEGER *ByteOffset, const ULONG *Key)
{
    LARGE_INTEGER Position;
    IOP_FILE_CALL Call;
    NTSTATUS Status = IopBeginCall(&Call, File, Event, ApcRoutine, MajorFunction);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    if (!IopPosition(Call.File, ByteOffset, &Position)) {
        return IopGiveUpCall(&Call, STATUS_INVALID_PARAMETER);
    }
    if (!IopSetTransfer(Call.Irp, Call.Sent.Device, Buffer, Length, &Position)) {
        return IopGiveUpCall(&Call, STATUS_INSUFFICIENT_RESOURCES);
    }
    IoGetNextIrpStackLocation(Call.Irp)->Parameters.Read.Key = Key != NULL ? *Key : 0;
    Call.Irp->Flags |= MajorFunction == IRP_MJ_READ ? IRP_READ_OPERATION : IRP_WRITE_OPERATION;
    return IopFinishCall(&Call, IoStatusBlock);
}

/*
 * ZwReadFile: read from a file.
 * => what the driver says to IRP_MJ_READ; STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH,
 *    STATUS_INVALID_PARAMETER for an ApcRoutine, or no ByteOffset and a file that is not synchronous
 * => ByteOffset NULL: where the file stands, which is the driver's to advance
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                          PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                          ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    UNREFERENCED_PARAMETER(ApcContext);
    return IopTransfer(FileHandle, Event, ApcRoutine, IRP_MJ_READ, IoStatusBlock, Buffer, Length,
                       ByteOffset, Key);
}

/* NtReadFile: ZwReadFile under its other name. */
NTSTATUS NTAPI NtReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                          PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                          ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    return ZwReadFile(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, Buffer, Length,
                      ByteOffset, Key);
}

/* ZwWriteFile: write to a file, by IRP_MJ_WRITE; else as ZwReadFile. */
NTSTATUS NTAPI ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                           PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                           ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    UNREFERENCED_PARAMETER(ApcContext);
    return IopTransfer(FileHandle, Event, ApcRoutine, IRP_MJ_WRITE, IoStatusBlock, Buffer, Length,
                       ByteOffset, Key);
}

/* NtWriteFile: ZwWriteFile under its other name. */
NTSTATUS NTAPI NtWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                           PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                           ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    return ZwWriteFile(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, Buffer, Length,
                       ByteOffset, Key);
}

/*
 * ZwDeviceIoControlFile: send a device control request.
 * => what the driver says to IRP_MJ_DEVICE_CONTROL; else as ZwReadFile
 * => METHOD_NEITHER: the driver gets the caller's addresses
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                                     PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock,
                                     ULONG IoControlCode, PVOID InputBuffer,
                                     ULONG InputBufferLength, PVOID OutputBuffer,
                                     ULONG OutputBufferLength)
{
    IOP_FILE_CALL Call;
    NTSTATUS Status = IopBeginCall(&Call, FileHandle, Event, ApcRoutine, IRP_MJ_DEVICE_CONTROL);

    UNREFERENCED_PARAMETER(ApcContext);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    if (!IopSetControl(Call.Irp, IoControlCode, InputBuffer, InputBufferLength, OutputBuffer,
                       OutputBufferLength)) {
        return IopGiveUpCall(&Call, STATUS_INSUFFICIENT_RESOURCES);
    }
    return IopFinishCall(&Call, IoStatusBlock);
}

/* ZwFlushBuffersFile: send IRP_MJ_FLUSH_BUFFERS; else as ZwReadFile. */
NTSTATUS NTAPI ZwFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock)
{
    IOP_FILE_CALL Call;
    NTSTATUS Status = IopBeginCall(&Call, FileHandle, NULL, NULL, IRP_MJ_FLUSH_BUFFERS);

    return NT_SUCCESS(Status) ? IopFinishCall(&Call, IoStatusBlock) : Status;
}
