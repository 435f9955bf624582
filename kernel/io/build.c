/* SPDX-License-Identifier: MIT */
/*
 * build.c: requests that the I/O manager makes: their packets and buffers.
 *
 * Buffered requests go through a copy in pool, direct ones through an MDL, and
 * neither is done for the others: the driver gets the sender's addresses.
 *
 * References: "IoBuildDeviceIoControlRequest function (wdm.h)",
 * "IoBuildSynchronousFsdRequest function (wdm.h)",
 * "IoBuildAsynchronousFsdRequest function (wdm.h)", "Methods for Accessing Data
 * Buffers", "Buffer Descriptions for I/O Control Codes".
 */
#include "irp.h"
#include "../mm/mdl.h"

#define IOP_TAG_BUFFER 0x66754249u /* 'IBuf' in memory */

#define IOP_TRANSFER_OF(Code) ((Code) & 3) /* METHOD_* */

/* IopRoomOf: how many bytes may be copied out of a buffered request. */
static ULONG_PTR *IopRoomOf(PIRP Irp)
{
    return (ULONG_PTR *)&Irp->Overlay.AsynchronousParameters.UserApcContext;
}

PIRP IopBuildRequest(PDEVICE_OBJECT Device, ULONG MajorFunction, PKEVENT Event,
                     PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP Irp = IoAllocateIrp(Device->StackSize, FALSE);

    if (Irp == NULL) {
        return NULL;
    }
    Irp->AllocationFlags |= IOP_IRP_OWNED;
    Irp->RequestorMode = KernelMode;
    Irp->UserEvent = Event;
    Irp->UserIosb = IoStatusBlock;
    Irp->Tail.Overlay.Thread = (PETHREAD)KeGetCurrentThread();
    IoGetNextIrpStackLocation(Irp)->MajorFunction = (UCHAR)MajorFunction;
    return Irp;
}

VOID IopReleaseBuffers(PIRP Irp)
{
    PMDL Mdl = Irp->MdlAddress, Next;

    if ((Irp->Flags & IRP_BUFFERED_IO) != 0) {
        if ((Irp->Flags & IRP_INPUT_OPERATION) != 0 && !NT_ERROR(Irp->IoStatus.Status)) {
            ULONG_PTR Bytes = Irp->IoStatus.Information, Room = *IopRoomOf(Irp);

            RtlCopyMemory(Irp->UserBuffer, Irp->AssociatedIrp.SystemBuffer,
                          Bytes < Room ? Bytes : Room);
        }
        if ((Irp->Flags & IRP_DEALLOCATE_BUFFER) != 0) {
            ExFreePool(Irp->AssociatedIrp.SystemBuffer);
        }
        Irp->Flags &= ~(ULONG)(IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | IRP_INPUT_OPERATION);
    }
    for (; Mdl != NULL; Mdl = Next) {
        Next = Mdl->Next;
        if ((Mdl->MdlFlags & MDL_PAGES_LOCKED) != 0) {
            MmUnlockPages(Mdl);
        }
        IoFreeMdl(Mdl);
    }
    Irp->MdlAddress = NULL;
}

VOID IopDropRequest(PIRP Irp)
{
    Irp->IoStatus.Status = STATUS_UNSUCCESSFUL;
    IopReleaseBuffers(Irp);
    IopFreeIrp(Irp);
}

/*
 * IopSetBuffer: a copy in pool.
 * => Size: of the pool; InputLength bytes of Input are copied in, OutputLength may be copied out
 */
static BOOLEAN IopSetBuffer(PIRP Irp, ULONG Size, const VOID *Input, ULONG InputLength,
                            PVOID Output, ULONG OutputLength)
{
    if (Size == 0) {
        return TRUE;
    }
    Irp->AssociatedIrp.SystemBuffer =
        ExAllocatePoolZero(NonPagedPoolNx, Size, IOP_TAG_BUFFER);
    if (Irp->AssociatedIrp.SystemBuffer == NULL) {
        return FALSE;
    }
    Irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Input, InputLength);
    if (OutputLength != 0) {
        Irp->Flags |= IRP_INPUT_OPERATION;
        Irp->UserBuffer = Output;
        *IopRoomOf(Irp) = OutputLength;
    }
    return TRUE;
}

/* IopSetMdl: an MDL of a buffer, locked.  => FALSE: memory is short, or the buffer is none */
static BOOLEAN IopSetMdl(PIRP Irp, PVOID Buffer, ULONG Length, LOCK_OPERATION Operation)
{
    if (Length == 0) {
        return TRUE;
    }
    if (IoAllocateMdl(Buffer, Length, FALSE, FALSE, Irp) == NULL) {
        return FALSE;
    }
    return MiTryLockPages(Irp->MdlAddress, KernelMode, Operation, __builtin_return_address(0));
}

BOOLEAN IopSetTransfer(PIRP Irp, PDEVICE_OBJECT Device, PVOID Buffer, ULONG Length,
                       const LARGE_INTEGER *Offset)
{
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);
    BOOLEAN Read = Next->MajorFunction == IRP_MJ_READ;

    Next->Parameters.Read.Length = Length; /* Write has the same layout */
    if (Offset != NULL) {
        Next->Parameters.Read.ByteOffset = *Offset;
    }
    if ((Device->Flags & DO_BUFFERED_IO) != 0) {
        return IopSetBuffer(Irp, Length, Buffer, Read ? 0 : Length, Buffer, Read ? Length : 0);
    }
    if ((Device->Flags & DO_DIRECT_IO) != 0) {
        return IopSetMdl(Irp, Buffer, Length, Read ? IoWriteAccess : IoReadAccess);
    }
    Irp->UserBuffer = Buffer;
    return TRUE;
}

BOOLEAN IopSetControl(PIRP Irp, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                      ULONG OutputLength)
{
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);

    Next->Parameters.DeviceIoControl.IoControlCode = Code;
    Next->Parameters.DeviceIoControl.InputBufferLength = InputLength;
    Next->Parameters.DeviceIoControl.OutputBufferLength = OutputLength;
    switch (IOP_TRANSFER_OF(Code)) {
    case METHOD_BUFFERED:
        return IopSetBuffer(Irp, InputLength > OutputLength ? InputLength : OutputLength, Input,
                            InputLength, Output, OutputLength);
    case METHOD_IN_DIRECT:
    case METHOD_OUT_DIRECT:
        return IopSetBuffer(Irp, InputLength, Input, InputLength, NULL, 0) &&
               IopSetMdl(Irp, Output, OutputLength,
                         IOP_TRANSFER_OF(Code) == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess);
    default:
        Next->Parameters.DeviceIoControl.Type3InputBuffer = Input;
        Irp->UserBuffer = Output;
        return TRUE;
    }
}

/*
 * IoBuildDeviceIoControlRequest: a device control request.
 * => the I/O manager frees it when it is complete, and sets Event
 * => NULL: memory is short, or a buffer of direct transfer is none.  PASSIVE_LEVEL.
 */
PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject,
                                         PVOID InputBuffer, ULONG InputBufferLength,
                                         PVOID OutputBuffer, ULONG OutputBufferLength,
                                         BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                                         PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP Irp = IopBuildRequest(DeviceObject,
                               InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL
                                                       : IRP_MJ_DEVICE_CONTROL,
                               Event, IoStatusBlock);

    if (Irp != NULL && !IopSetControl(Irp, IoControlCode, InputBuffer, InputBufferLength,
                                      OutputBuffer, OutputBufferLength)) {
        IopDropRequest(Irp);
        return NULL;
    }
    return Irp;
}

/*
 * IoBuildSynchronousFsdRequest: a request to read, write, flush or shut down.
 * => as above
 */
PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                        PVOID Buffer, ULONG Length, PLARGE_INTEGER StartingOffset,
                                        PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP Irp = IopBuildRequest(DeviceObject, MajorFunction, Event, IoStatusBlock);

    if (Irp != NULL && (MajorFunction == IRP_MJ_READ || MajorFunction == IRP_MJ_WRITE) &&
        !IopSetTransfer(Irp, DeviceObject, Buffer, Length, StartingOffset)) {
        IopDropRequest(Irp);
        return NULL;
    }
    return Irp;
}

/*
 * IoBuildAsynchronousFsdRequest: the same for a sender who does not wait.
 * => his completion routine frees its buffers and the packet, and returns STATUS_MORE_PROCESSING_REQUIRED
 * => IRQL <= APC_LEVEL
 */
PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                         PVOID Buffer, ULONG Length, PLARGE_INTEGER StartingOffset,
                                         PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP Irp = IoBuildSynchronousFsdRequest(MajorFunction, DeviceObject, Buffer, Length,
                                            StartingOffset, NULL, IoStatusBlock);

    if (Irp != NULL) {
        Irp->AllocationFlags &= (UCHAR)~IOP_IRP_OWNED;
    }
    return Irp;
}
