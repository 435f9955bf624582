/* SPDX-License-Identifier: MIT */
/*
 * csq.c: cancel-safe queues: a driver's queue of requests, and we deal with cancellation.
 *
 * The driver's six routines keep the list and its lock; DriverContext[3] of a
 * queued packet leads to its queue, or to the context by which it was inserted:
 * that is how the cancel routine finds it.  Both begin with their type.  A
 * packet is in the queue as long as it has our cancel routine or is being
 * cancelled; who exchanges the routine with NULL under the lock has it.
 *
 * References: "Cancel-Safe IRP Queues", "IoCsqInitialize function (wdm.h)",
 * "IoCsqInsertIrpEx function (wdm.h)", "IoCsqRemoveIrp function (wdm.h)",
 * "IoCsqRemoveNextIrp function (wdm.h)".
 */
#include "irp.h"

/* IopCsqOf: => the queue of a packet, and its context, or NULL */
static PIO_CSQ IopCsqOf(PIRP Irp, PIO_CSQ_IRP_CONTEXT *Context)
{
    PIO_CSQ Csq = Irp->Tail.Overlay.DriverContext[3];

    *Context = NULL;
    if (Csq->Type == IO_TYPE_CSQ_IRP_CONTEXT) {
        *Context = (PIO_CSQ_IRP_CONTEXT)Csq;
        Csq = (*Context)->Csq;
    }
    return Csq;
}

/* IopForgetCsq: a packet leaves its queue; the queue's lock is held. */
static VOID IopForgetCsq(PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    if (Context != NULL) {
        Context->Irp = NULL;
    }
    Irp->Tail.Overlay.DriverContext[3] = NULL;
}

/* IopCancelQueued: the cancel routine of a queued packet. */
static VOID NTAPI IopCancelQueued(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_CSQ_IRP_CONTEXT Context;
    PIO_CSQ Csq;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(Device);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    Csq = IopCsqOf(Irp, &Context);
    Csq->CsqAcquireLock(Csq, &Irql);
    Csq->CsqRemoveIrp(Csq, Irp);
    IopForgetCsq(Irp, Context);
    Csq->CsqReleaseLock(Csq, Irql);
    Csq->CsqCompleteCanceledIrp(Csq, Irp);
}

/*
 * IoCsqInitialize: set up a queue.
 * => the routines are called with the queue's lock held, but for CsqCompleteCanceledIrp
 */
NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp,
                               PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                               PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                               PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                               PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                               PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    Csq->Type = IO_TYPE_CSQ;
    Csq->CsqInsertIrp = CsqInsertIrp;
    Csq->CsqRemoveIrp = CsqRemoveIrp;
    Csq->CsqPeekNextIrp = CsqPeekNextIrp;
    Csq->CsqAcquireLock = CsqAcquireLock;
    Csq->CsqReleaseLock = CsqReleaseLock;
    Csq->CsqCompleteCanceledIrp = CsqCompleteCanceledIrp;
    Csq->ReservePointer = NULL;
    return STATUS_SUCCESS;
}

/* IoCsqInitializeEx: the same with an insert routine that takes a context and can refuse. */
NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP_EX CsqInsertIrp,
                                 PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                                 PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                                 PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                                 PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    IoCsqInitialize(Csq, (PIO_CSQ_INSERT_IRP)(PVOID)CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp,
                    CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp);
    Csq->Type = IO_TYPE_CSQ_EX;
    return STATUS_SUCCESS;
}

/* IopInsertQueued: call the driver's insert routine.  => what it says if it can say anything */
static NTSTATUS IopInsertQueued(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    if (Csq->Type == IO_TYPE_CSQ_EX) {
        return ((PIO_CSQ_INSERT_IRP_EX)(PVOID)Csq->CsqInsertIrp)(Csq, Irp, InsertContext);
    }
    Csq->CsqInsertIrp(Csq, Irp);
    return STATUS_SUCCESS;
}

/*
 * IoCsqInsertIrpEx: mark a packet pending and queue it; one that is cancelled already is completed.
 * => what the driver's insert routine says; a failure: the packet is not queued
 * => Context: by which IoCsqRemoveIrp finds it, or NULL
 * => IRQL <= DISPATCH_LEVEL
 */
NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context,
                                PVOID InsertContext)
{
    BOOLEAN Cancelled = FALSE;
    NTSTATUS Status;
    KIRQL Irql;

    Irp->Tail.Overlay.DriverContext[3] = Csq;
    if (Context != NULL) {
        Context->Type = IO_TYPE_CSQ_IRP_CONTEXT;
        Context->Irp = Irp;
        Context->Csq = Csq;
        Irp->Tail.Overlay.DriverContext[3] = Context;
    }
    Csq->ReservePointer = NULL;
    Csq->CsqAcquireLock(Csq, &Irql);
    Status = IopInsertQueued(Csq, Irp, InsertContext);
    if (!NT_SUCCESS(Status)) {
        IopForgetCsq(Irp, Context);
        Csq->CsqReleaseLock(Csq, Irql);
        return Status;
    }
    IoMarkIrpPending(Irp);
    IoSetCancelRoutine(Irp, IopCancelQueued);
    /* Cancelled before that, and nobody has called the routine: then it is ours to do. */
    if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL) {
        Csq->CsqRemoveIrp(Csq, Irp);
        IopForgetCsq(Irp, Context);
        Cancelled = TRUE;
    }
    Csq->CsqReleaseLock(Csq, Irql);
    if (Cancelled) {
        Csq->CsqCompleteCanceledIrp(Csq, Irp);
    }
    return Status;
}

/* IoCsqInsertIrp: the same without a context for the insert routine. */
VOID NTAPI IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    IoCsqInsertIrpEx(Csq, Irp, Context, NULL);
}

/*
 * IoCsqRemoveNextIrp: take the next packet that matches out of the queue.
 * => NULL: there is none; one that is being cancelled is left to its cancel routine
 * => IRQL <= DISPATCH_LEVEL
 */
PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext)
{
    PIO_CSQ_IRP_CONTEXT Context;
    KIRQL Irql;
    PIRP Irp;

    Csq->CsqAcquireLock(Csq, &Irql);
    Irp = Csq->CsqPeekNextIrp(Csq, NULL, PeekContext);
    while (Irp != NULL && IoSetCancelRoutine(Irp, NULL) == NULL) {
        Irp = Csq->CsqPeekNextIrp(Csq, Irp, PeekContext);
    }
    if (Irp != NULL) {
        IopCsqOf(Irp, &Context);
        Csq->CsqRemoveIrp(Csq, Irp);
        IopForgetCsq(Irp, Context);
    }
    Csq->CsqReleaseLock(Csq, Irql);
    return Irp;
}

/*
 * IoCsqRemoveIrp: take the packet of a context out of the queue.
 * => NULL: it is not there any more, or is being cancelled
 * => IRQL <= DISPATCH_LEVEL
 */
PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context)
{
    KIRQL Irql;
    PIRP Irp;

    Csq->CsqAcquireLock(Csq, &Irql);
    Irp = Context->Irp;
    if (Irp != NULL && IoSetCancelRoutine(Irp, NULL) == NULL) {
        Irp = NULL;
    }
    if (Irp != NULL) {
        Csq->CsqRemoveIrp(Csq, Irp);
        IopForgetCsq(Irp, Context);
    }
    Csq->CsqReleaseLock(Csq, Irql);
    return Irp;
}
