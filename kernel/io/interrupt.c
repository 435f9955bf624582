/* SPDX-License-Identifier: MIT */
/*
 * interrupt.c: how drivers connect service routines to their devices' lines.
 *
 * A driver asks for a line's vector by HalGetInterruptVector, or knows it, and
 * connects with all that it knows ("fully specified").  There is no Plug and
 * Play manager here, so no device object has interrupt resources: asked by its
 * device object (line based, message based), the driver is told that there are
 * none.
 */
#include "iop.h"
#include "../ke/ki_interrupt.h"

#define IOP_TAG_INTERRUPT 0x746E4949u /* 'IInt' in memory */

/* The newest version that an IO_CONNECT_INTERRUPT_PARAMETERS may say. */
#define IOP_CONNECT_MESSAGE_BASED_PASSIVE 0x5

/* IopIsConnectable: do these parameters make sense, apart from the machine? */
static BOOLEAN IopIsConnectable(const IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS *Wanted)
{
    return Wanted->InterruptObject != NULL && Wanted->ServiceRoutine != NULL &&
           HalIsLineVector(Wanted->Vector) && Wanted->Irql == Wanted->Vector >> 4 &&
           Wanted->SynchronizeIrql >= Wanted->Irql && Wanted->SynchronizeIrql <= KI_HIGHEST_DIRQL &&
           (Wanted->InterruptMode == LevelSensitive || Wanted->InterruptMode == Latched);
}

/* IopConnectInterrupt: make an interrupt object and connect it. */
static NTSTATUS IopConnectInterrupt(const IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS *Wanted,
                                    USHORT Group)
{
    PKINTERRUPT Interrupt;
    NTSTATUS Status;

    if (!IopIsConnectable(Wanted)) {
        return STATUS_INVALID_PARAMETER;
    }
    Interrupt = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Interrupt), IOP_TAG_INTERRUPT);
    if (Interrupt == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Interrupt->ServiceRoutine = Wanted->ServiceRoutine;
    Interrupt->ServiceContext = Wanted->ServiceContext;
    Interrupt->ActualLock = Wanted->SpinLock != NULL ? Wanted->SpinLock : &Interrupt->OwnLock;
    Interrupt->Affinity.Group = Group;
    Interrupt->Affinity.Mask = Wanted->ProcessorEnableMask;
    Interrupt->Vector = Wanted->Vector;
    Interrupt->SynchronizeIrql = Wanted->SynchronizeIrql;
    Interrupt->Mode = Wanted->InterruptMode;
    Interrupt->ShareVector = Wanted->ShareVector;

    *Wanted->InterruptObject = Interrupt; /* the routine may run before we return */
    Status = KiConnectInterrupt(Interrupt);
    if (!NT_SUCCESS(Status)) {
        *Wanted->InterruptObject = NULL;
        ExFreePoolWithTag(Interrupt, IOP_TAG_INTERRUPT);
    }
    return Status;
}

/*
 * IoConnectInterrupt: connect a service routine to a vector.
 *
 * => The routine runs at SynchronizeIrql, holding SpinLock or, where that is NULL, a lock of the
 *    object, on the first processor of ProcessorEnableMask (of group 0) that the line reaches.
 * => Irql is the vector's; FloatingSave has no meaning on x64.
 * => STATUS_INVALID_PARAMETER, STATUS_INSUFFICIENT_RESOURCES.
 * => PASSIVE_LEVEL.
 * => Reference: "IoConnectInterrupt function (wdm.h)".
 */
NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT *InterruptObject, PKSERVICE_ROUTINE ServiceRoutine,
                                  PVOID ServiceContext, PKSPIN_LOCK SpinLock, ULONG Vector,
                                  KIRQL Irql, KIRQL SynchronizeIrql, KINTERRUPT_MODE InterruptMode,
                                  BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                                  BOOLEAN FloatingSave)
{
    const IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS Wanted = {
        .InterruptObject = InterruptObject,
        .ServiceRoutine = ServiceRoutine,
        .ServiceContext = ServiceContext,
        .SpinLock = SpinLock,
        .SynchronizeIrql = SynchronizeIrql,
        .FloatingSave = FloatingSave,
        .ShareVector = ShareVector,
        .Vector = Vector,
        .Irql = Irql,
        .InterruptMode = InterruptMode,
        .ProcessorEnableMask = ProcessorEnableMask,
    };

    return IopConnectInterrupt(&Wanted, 0);
}

/*
 * IoConnectInterruptEx: the same, with parameters that say in which of several ways.
 *
 * => Fully specified, with or without a group: as IoConnectInterrupt.
 * => By device object: STATUS_NOT_FOUND, for no device here has lines or messages assigned.
 * => Another version: STATUS_NOT_SUPPORTED, and Version says what is supported.
 * => PASSIVE_LEVEL.
 * => Reference: "IoConnectInterruptEx function (wdm.h)".
 */
NTSTATUS NTAPI IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters)
{
    switch (Parameters->Version) {
    case CONNECT_FULLY_SPECIFIED:
        return IopConnectInterrupt(&Parameters->FullySpecified, 0);
    case CONNECT_FULLY_SPECIFIED_GROUP:
        return IopConnectInterrupt(&Parameters->FullySpecified, Parameters->FullySpecified.Group);
    case CONNECT_LINE_BASED:
    case CONNECT_MESSAGE_BASED:
    case IOP_CONNECT_MESSAGE_BASED_PASSIVE:
        return STATUS_NOT_FOUND;
    default:
        Parameters->Version = CONNECT_FULLY_SPECIFIED;
        return STATUS_NOT_SUPPORTED;
    }
}

/*
 * IoDisconnectInterrupt: take a service routine from its vector; it does not run any more then.
 *
 * => PASSIVE_LEVEL.
 * => Reference: "IoDisconnectInterrupt function (wdm.h)".
 */
VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT InterruptObject)
{
    if (KiDisconnectInterrupt(InterruptObject)) {
        ExFreePoolWithTag(InterruptObject, IOP_TAG_INTERRUPT);
    }
}

/*
 * IoDisconnectInterruptEx: the same for what IoConnectInterruptEx has connected.
 *
 * => Reference: "IoDisconnectInterruptEx function (wdm.h)".
 */
VOID NTAPI IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters)
{
    IoDisconnectInterrupt(Parameters->ConnectionContext.InterruptObject);
}

/* The parameters of the two routines below have the layout of IO_DISCONNECT_INTERRUPT_PARAMETERS. */
typedef IO_DISCONNECT_INTERRUPT_PARAMETERS IOP_ACTIVE_STATE;

/*
 * IoReportInterruptActive: a driver's interrupt, which it has reported inactive, may come again.
 *
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "IoReportInterruptActive function (wdm.h)".
 */
VOID NTAPI IoReportInterruptActive(const IOP_ACTIVE_STATE *Parameters);
VOID NTAPI IoReportInterruptActive(const IOP_ACTIVE_STATE *Parameters)
{
    KiSetInterruptActive(Parameters->ConnectionContext.InterruptObject, TRUE);
}

/*
 * IoReportInterruptInactive: a driver expects no interrupt for the time being: its routine is not
 * called, and its line is masked if nobody else shares it.
 *
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "IoReportInterruptInactive function (wdm.h)".
 */
VOID NTAPI IoReportInterruptInactive(const IOP_ACTIVE_STATE *Parameters);
VOID NTAPI IoReportInterruptInactive(const IOP_ACTIVE_STATE *Parameters)
{
    KiSetInterruptActive(Parameters->ConnectionContext.InterruptObject, FALSE);
}

/*
 * HalGetInterruptVector: the vector of a bus's interrupt line, its IRQL and the processors that it may
 * be connected to.
 *
 * => 0 if there is no such line.  Isa, Eisa and MicroChannel number the sixteen lines of the ISA bus;
 *    the others have the machine's own numbers.
 * => Reference: "HalGetInterruptVector function (ntddk.h)".
 */
ULONG NTAPI HalGetInterruptVector(INTERFACE_TYPE InterfaceType, ULONG BusNumber,
                                  ULONG BusInterruptLevel, ULONG BusInterruptVector, PKIRQL Irql,
                                  PKAFFINITY Affinity)
{
    BOOLEAN IsIsa =
        InterfaceType == Isa || InterfaceType == Eisa || InterfaceType == MicroChannel;
    ULONG Vector = HalQueryLineVector(IsIsa, BusInterruptLevel);

    UNREFERENCED_PARAMETER(BusNumber);
    UNREFERENCED_PARAMETER(BusInterruptVector);
    *Irql = (KIRQL)(Vector >> 4);
    *Affinity = Vector != 0 ? KiGroupMask(0) : 0;
    return Vector;
}
