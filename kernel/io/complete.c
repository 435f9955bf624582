/* SPDX-License-Identifier: MIT */
/*
 * complete.c: the end of a request.
 *
 * Reference: "IoCompleteRequest macro (wdm.h)", "IO_COMPLETION_ROUTINE
 * callback function (wdm.h)".
 */
#include "iop.h"

/* IopWantsCompletion: is a completion routine to be called for this outcome? */
static BOOLEAN IopWantsCompletion(const IRP *Irp, UCHAR Control)
{
    if (Irp->Cancel && (Control & SL_INVOKE_ON_CANCEL) != 0) {
        return TRUE;
    }
    return (Control &
            (NT_SUCCESS(Irp->IoStatus.Status) ? SL_INVOKE_ON_SUCCESS : SL_INVOKE_ON_ERROR)) != 0;
}

/*
 * IopCompleteLocation: leave the current stack location.
 * => FALSE: its completion routine keeps the request
 */
static BOOLEAN IopCompleteLocation(PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);
    PDEVICE_OBJECT Device = NULL;

    Irp->PendingReturned = (Location->Control & SL_PENDING_RETURNED) != 0;
    Irp->CurrentLocation++;
    Irp->Tail.Overlay.CurrentStackLocation++;
    if (!IopWantsCompletion(Irp, Location->Control)) {
        if (Irp->PendingReturned && Irp->CurrentLocation <= Irp->StackCount) {
            IoMarkIrpPending(Irp);
        }
        return TRUE;
    }
    if (Irp->CurrentLocation <= Irp->StackCount) {
        Device = IoGetCurrentIrpStackLocation(Irp)->DeviceObject;
    }
    return Location->CompletionRoutine(Device, Irp, Location->Context) !=
           STATUS_MORE_PROCESSING_REQUIRED;
}

/*
 * IofCompleteRequest: complete a request: call the completion routines of the drivers above.
 * => PriorityBoost is not used: nothing waits
 * => MULTIPLE_IRP_COMPLETE_REQUESTS if it was completed already
 * => IRQL <= DISPATCH_LEVEL
 */
VOID FASTCALL IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    (VOID) PriorityBoost;
    if (Irp->CurrentLocation > Irp->StackCount + 1 || Irp->Type != IO_TYPE_IRP) {
        KeBugCheckEx(MULTIPLE_IRP_COMPLETE_REQUESTS, (ULONG_PTR)Irp, 0, 0, 0);
    }
    while (Irp->CurrentLocation <= Irp->StackCount) {
        if (!IopCompleteLocation(Irp)) {
            return;
        }
    }
    Irp->CurrentLocation++; /* beyond the top: a second completion is found */
    if (Irp->UserIosb != NULL) {
        *Irp->UserIosb = Irp->IoStatus;
    }
}

/* IopInvalidDeviceRequest: what a driver's MajorFunction holds until the driver sets it. */
NTSTATUS NTAPI IopInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    (VOID) DeviceObject;
    Irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    Irp->IoStatus.Information = 0;
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
}
