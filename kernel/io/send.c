/* SPDX-License-Identifier: MIT */
/*
 * send.c: sending a request and waiting for its end, which has to come.
 *
 * A driver that says STATUS_PENDING has as long as a call has (--watchdog).
 * Then the request is cancelled, as Windows cancels what a thread that ends
 * still waits for, and the driver has a second more.  After that it is a bug
 * check: Windows would hang, since the driver could not be unloaded any more.
 */
#include "irp.h"

#define IOP_SECOND     (-10000000ll) /* as a relative time-out */
#define IOP_NOT_PASSED 0x226         /* DRIVER_VERIFIER_IOMANAGER_VIOLATION, parameter 1 */

VOID IopPrepareSend(IOP_SENT *Sent)
{
    KeInitializeEvent(&Sent->Event, NotificationEvent, FALSE);
    Sent->Status.Status = STATUS_PENDING;
    Sent->Status.Information = 0;
}

/* IopWaitSeconds: => FALSE: the request is not complete */
static BOOLEAN IopWaitSeconds(IOP_SENT *Sent, ULONG Seconds)
{
    LARGE_INTEGER Timeout = { .QuadPart = IOP_SECOND * Seconds };

    return KeWaitForSingleObject(&Sent->Event, Executive, KernelMode, FALSE, &Timeout) ==
           STATUS_SUCCESS;
}

/* IopAwait: wait for a request that is pending; Routine: whose it is. */
static VOID IopAwait(PIRP Irp, IOP_SENT *Sent, PDRIVER_DISPATCH Routine, UCHAR MajorFunction)
{
    if (IopWaitSeconds(Sent, KiOptions.Watchdog)) {
        return;
    }
    IoCancelIrp(Irp); /* it is held, so it is there even if it is complete by now */
    if (IopWaitSeconds(Sent, 1)) {
        return;
    }
    KiBugCheckText("a request that is neither completed nor cancelled: the dispatch routine that has "
                   "returned STATUS_PENDING for it, its major function, the IRP, its cancel routine",
                   DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS, (ULONG_PTR)Routine,
                   MajorFunction, (ULONG_PTR)Irp, (ULONG_PTR)Irp->CancelRoutine, (ULONG64)Routine,
                   NULL);
}

NTSTATUS IopSendRequest(PDEVICE_OBJECT Device, PIRP Irp, IOP_SENT *Sent)
{
    UCHAR MajorFunction = IoGetNextIrpStackLocation(Irp)->MajorFunction;
    PDRIVER_DISPATCH Routine = Device->DriverObject->MajorFunction[MajorFunction];
    NTSTATUS Status;

    Irp->AllocationFlags |= IOP_IRP_HELD;
    Status = IofCallDriver(Device, Irp);
    if (Status == STATUS_PENDING) {
        IopAwait(Irp, Sent, Routine, MajorFunction);
    } else if (KeReadStateEvent(&Sent->Event) == 0) {
        IopViolation("0x226 = a dispatch routine has neither completed a request nor returned "
                     "STATUS_PENDING, the routine, the IRP, what it has returned",
                     IOP_NOT_PASSED, (ULONG_PTR)Routine, (ULONG_PTR)Irp, (ULONG)Status,
                     (PVOID)Routine);
    }
    Status = Sent->Status.Status;
    IopFreeIrp(Irp);
    return Status;
}
