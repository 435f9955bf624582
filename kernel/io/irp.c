/* SPDX-License-Identifier: MIT */
/*
 * irp.c: request packets: their memory, their way down a stack of devices, their cancellation.
 *
 *     IRP | stack location 1 | .. | stack location StackCount |
 *
 * CurrentLocation counts down from StackCount + 1, one for each driver that is
 * called, and up again when drivers complete the packet (complete.c), to
 * StackCount + 2 at the end, by which a packet is known that is completed
 * again.
 *
 * Cancellation follows the documented protocol: whoever exchanges the packet's
 * cancel routine with NULL has it.
 *
 * References: "IoAllocateIrp function (wdm.h)", "IoFreeIrp function (wdm.h)",
 * "IoReuseIrp function (wdm.h)", "IoCallDriver macro (wdm.h)", "IoCancelIrp
 * function (wdm.h)", "Bug Check 0x35 NO_MORE_IRP_STACK_LOCATIONS", "Bug Check
 * 0xC9 DRIVER_VERIFIER_IOMANAGER_VIOLATION".
 */
#include "irp.h"

#define IOP_TAG_IRP 0x20707249u /* 'Irp ' in memory */

static KSPIN_LOCK IopCancelLock; /* IoAcquireCancelSpinLock */

DECLSPEC_NORETURN VOID IopViolation(const CHAR *Text, ULONG Kind, ULONG_PTR P2, ULONG_PTR P3,
                                    ULONG_PTR P4, PVOID Address)
{
    KiBugCheckText(Text, DRIVER_VERIFIER_IOMANAGER_VIOLATION, Kind, P2, P3, P4, (ULONG64)Address,
                   NULL);
}

/*
 * IoInitializeIrp: make a packet out of memory.
 * ["IoInitializeIrp function (wdm.h)"]
 */
VOID NTAPI IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
    RtlZeroMemory(Irp, PacketSize);
    Irp->Type = IO_TYPE_IRP;
    Irp->Size = PacketSize;
    Irp->StackCount = StackSize;
    Irp->CurrentLocation = StackSize + 1;
    Irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(Irp + 1) + StackSize;
    InitializeListHead(&Irp->ThreadListEntry);
}

/*
 * IoAllocateIrp: allocate a packet for so many drivers.
 * => NULL: memory is short.  IRQL <= DISPATCH_LEVEL.
 */
PIRP NTAPI IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
    USHORT Bytes = IoSizeOfIrp(StackSize);
    PIRP Irp = StackSize > 0 ? ExAllocatePoolUninitialized(NonPagedPoolNx, Bytes, IOP_TAG_IRP)
                             : NULL;

    UNREFERENCED_PARAMETER(ChargeQuota);
    if (Irp != NULL) {
        IoInitializeIrp(Irp, Bytes, StackSize);
        Irp->AllocationFlags = IOP_IRP_POOL;
    }
    return Irp;
}

VOID IopFreeIrp(PIRP Irp)
{
    Irp->Type = 0; /* so that it is known if somebody uses it again */
    if ((Irp->AllocationFlags & IOP_IRP_POOL) != 0) {
        ExFreePoolWithTag(Irp, IOP_TAG_IRP);
    }
}

/*
 * IoFreeIrp: free a packet that IoAllocateIrp has made.
 * => DRIVER_VERIFIER_IOMANAGER_VIOLATION if it is none, or is the I/O manager's to free
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI IoFreeIrp(PIRP Irp)
{
    if (Irp->Type != IO_TYPE_IRP) {
        IopViolation("1 = what is freed is no IRP, or has been freed, its address", 1,
                     (ULONG_PTR)Irp, 0, 0, __builtin_return_address(0));
    }
    if ((Irp->AllocationFlags & IOP_IRP_OWNED) != 0) {
        IopViolation("2 = a driver frees an IRP that the I/O manager frees on completion, the IRP", 2,
                     (ULONG_PTR)Irp, 0, 0, __builtin_return_address(0));
    }
    IopFreeIrp(Irp);
}

/* IoReuseIrp: make a packet of IoAllocateIrp as good as new. */
VOID NTAPI IoReuseIrp(PIRP Irp, NTSTATUS Iostatus)
{
    UCHAR Flags = Irp->AllocationFlags;

    IoInitializeIrp(Irp, Irp->Size, Irp->StackCount);
    Irp->AllocationFlags = Flags;
    Irp->IoStatus.Status = Iostatus;
}

/* IopCheckCall: stop who calls a driver with what cannot be called with. */
static VOID IopCheckCall(PDEVICE_OBJECT Device, PIRP Irp, PVOID Caller)
{
    if (Irp->Type != IO_TYPE_IRP) {
        IopViolation("3 = what is sent is no IRP, or has been freed, its address", 3, (ULONG_PTR)Irp,
                     0, 0, Caller);
    }
    if (Device == NULL || Device->Type != IO_TYPE_DEVICE) {
        IopViolation("4 = an IRP is sent to what is no device, its address, the IRP", 4,
                     (ULONG_PTR)Device, (ULONG_PTR)Irp, 0, Caller);
    }
    if (Irp->CurrentLocation <= 1) {
        KiBugCheckText("the IRP: it has no stack location left for another driver",
                       NO_MORE_IRP_STACK_LOCATIONS, (ULONG_PTR)Irp, 0, 0, 0, (ULONG64)Caller, NULL);
    }
}

/*
 * IofCallDriver: send a packet to a device: call its driver's routine for it.
 * => what that returns
 * => NO_MORE_IRP_STACK_LOCATIONS; DRIVER_VERIFIER_IOMANAGER_VIOLATION for a wrong packet or device, and
 *    for a routine that returns at another IRQL
 * => IRQL <= DISPATCH_LEVEL
 */
NTSTATUS FASTCALL IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KIRQL Irql = KeGetCurrentIrql();
    PIO_STACK_LOCATION Location;
    PDRIVER_DISPATCH Routine;
    NTSTATUS Status;

    IopCheckCall(DeviceObject, Irp, __builtin_return_address(0));
    IoSetNextIrpStackLocation(Irp);
    Location = IoGetCurrentIrpStackLocation(Irp);
    Location->DeviceObject = DeviceObject;
    Routine = DeviceObject->DriverObject->MajorFunction[Location->MajorFunction];
    Status = Routine(DeviceObject, Irp);
    if (KeGetCurrentIrql() != Irql) {
        IopViolation("5 = a dispatch routine has returned at another IRQL, its device, the IRQL "
                     "before, the IRQL after",
                     5, (ULONG_PTR)DeviceObject, Irql, KeGetCurrentIrql(), (PVOID)Routine);
    }
    return Status;
}

/* IoAcquireCancelSpinLock: take the lock of all cancel routines.  IRQL <= DISPATCH_LEVEL. */
VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql)
{
    *Irql = KeAcquireSpinLockRaiseToDpc(&IopCancelLock);
}

/* IoReleaseCancelSpinLock: let go of it; a cancel routine does so with Irp->CancelIrql. */
VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql)
{
    KeReleaseSpinLock(&IopCancelLock, Irql);
}

/*
 * IoCancelIrp: ask for a packet to be completed soon.
 * => FALSE: it has no cancel routine now; its Cancel is set, and who sets a routine looks at that
 * => CANCEL_STATE_IN_COMPLETED_IRP if it is complete
 * => IRQL <= DISPATCH_LEVEL
 */
BOOLEAN NTAPI IoCancelIrp(PIRP Irp)
{
    PDRIVER_CANCEL Routine;
    KIRQL Irql;

    IoAcquireCancelSpinLock(&Irql);
    Irp->Cancel = TRUE;
    Routine = IoSetCancelRoutine(Irp, NULL);
    if (Routine == NULL) {
        IoReleaseCancelSpinLock(Irql);
        return FALSE;
    }
    if (Irp->CurrentLocation > Irp->StackCount) {
        KeBugCheckEx(CANCEL_STATE_IN_COMPLETED_IRP, (ULONG_PTR)Irp, (ULONG_PTR)Routine, 0, 0);
    }
    Irp->CancelIrql = Irql;
    Routine(IoGetCurrentIrpStackLocation(Irp)->DeviceObject, Irp); /* which releases the lock */
    return TRUE;
}

/* IoGetRequestorProcess: whose request it is.  ["IoGetRequestorProcess function (ntifs.h)"] */
PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    return PsInitialSystemProcess;
}

/* IoIs32bitProcess: is it a 32-bit process's?  There is none. */
BOOLEAN NTAPI IoIs32bitProcess(PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    return FALSE;
}
