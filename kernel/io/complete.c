/* SPDX-License-Identifier: MIT */
/*
 * complete.c: the end of a request.
 *
 * Reference: "IoCompleteRequest macro (wdm.h)", "IO_COMPLETION_ROUTINE
 * callback function (wdm.h)", "Bug Check 0xC9 DRIVER_VERIFIER_IOMANAGER_VIOLATION",
 * "Bug Check 0x44 MULTIPLE_IRP_COMPLETE_REQUESTS".
 */
#include "irp.h"

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

/* IopCheckCompletion: stop who completes what he may not. */
static VOID IopCheckCompletion(PIRP Irp, PVOID Caller)
{
    if (Irp->Type != IO_TYPE_IRP || Irp->CurrentLocation > Irp->StackCount + 1) {
        KiBugCheckText("the IRP: it is complete already", MULTIPLE_IRP_COMPLETE_REQUESTS,
                       (ULONG_PTR)Irp, 0, 0, 0, (ULONG64)Caller, NULL);
    }
    if (Irp->IoStatus.Status == STATUS_PENDING || Irp->IoStatus.Status == (NTSTATUS)-1) {
        IopViolation("6 = a request is completed with a status that means it is not, the status, the "
                     "IRP",
                     6, (ULONG)Irp->IoStatus.Status, (ULONG_PTR)Irp, 0, Caller);
    }
    if (Irp->CancelRoutine != NULL) {
        IopViolation("7 = a request is completed while its cancel routine is set, the routine, the "
                     "IRP",
                     7, (ULONG_PTR)Irp->CancelRoutine, (ULONG_PTR)Irp, 0, Caller);
    }
    if (KeGetCurrentIrql() > DISPATCH_LEVEL) {
        IopViolation("0xE = a request is completed above DISPATCH_LEVEL, the IRQL, the IRP", 0xE,
                     KeGetCurrentIrql(), (ULONG_PTR)Irp, 0, Caller);
    }
}

/* IopFinish: no driver wants a request any more. */
static VOID IopFinish(PIRP Irp, CCHAR PriorityBoost)
{
    BOOLEAN Free = (Irp->AllocationFlags & (IOP_IRP_OWNED | IOP_IRP_HELD)) == IOP_IRP_OWNED;
    PKEVENT Event = Irp->UserEvent;

    if ((Irp->AllocationFlags & IOP_IRP_OWNED) != 0) {
        IopReleaseBuffers(Irp);
    }
    if (Irp->UserIosb != NULL) {
        *Irp->UserIosb = Irp->IoStatus;
    }
    if (Free) {
        IopFreeIrp(Irp);
    }
    if (Event != NULL) { /* last: whoever waits may free what the packet points to, and a held packet */
        KeSetEvent(Event, PriorityBoost, FALSE);
    }
}

/*
 * IofCompleteRequest: complete a request: call the completion routines of the drivers above.
 * => PriorityBoost: for who waits for it
 * => MULTIPLE_IRP_COMPLETE_REQUESTS if it was completed already, and what IopCheckCompletion finds
 * => IRQL <= DISPATCH_LEVEL
 */
VOID FASTCALL IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    IopCheckCompletion(Irp, __builtin_return_address(0));
    while (Irp->CurrentLocation <= Irp->StackCount) {
        if (!IopCompleteLocation(Irp)) {
            return;
        }
    }
    Irp->CurrentLocation++; /* beyond the top: a second completion is found */
    IopFinish(Irp, PriorityBoost);
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
