/* SPDX-License-Identifier: MIT */
/*
 * leftover.c: what a driver leaves behind that would use its code or memory after it is gone.
 *
 * It is looked for when DriverUnload has returned, or a DriverEntry that has
 * failed, before the image is unmapped: the bug check then names what was
 * forgotten, not what it has hit later.  Pool that is not freed harms nobody but
 * who needs it: it is noted.
 *
 * References: "Bug Check 0xC7 TIMER_OR_DPC_INVALID", "Bug Check 0xCE
 * DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS".
 */
#include "iop.h"
#include "../ke/ki_interrupt.h"
#include "../ke/ki_leftover.h"
#include "../ps/psp.h"

#define IOP_TIMER_OR_DPC_INVALID 0xC7
#define IOP_EXECUTED             8 /* ..PENDING_OPERATIONS, parameter 2 */

/* IopUnloadRoutine: what should have cleaned up: DriverUnload, or the DriverEntry that has failed. */
static ULONG64 IopUnloadRoutine(IOP_DRIVER *Driver)
{
    return Driver->Object.Flags & DRVO_UNLOAD_INVOKED ? (ULONG64)Driver->Object.DriverUnload
                                                      : (ULONG64)Driver->Object.DriverInit;
}

/* IopCheckTimers: TIMER_OR_DPC_INVALID: 0 = a timer, 1 = a DPC; the object; the image's begin and end. */
static VOID IopCheckTimers(IOP_DRIVER *Driver, PVOID Base, ULONG Size)
{
    PKTIMER Timer = KiFindTimerIn(Base, Size);
    PKDPC Dpc = KiFindDpcIn(Base, Size);

    if (Timer != NULL) {
        KiBugCheckText("0 = a timer that is still set, the timer, the begin and the end of the "
                       "driver's memory",
                       IOP_TIMER_OR_DPC_INVALID, 0, (ULONG_PTR)Timer, (ULONG_PTR)Base,
                       (ULONG_PTR)Base + Size, IopUnloadRoutine(Driver), NULL);
    }
    if (Dpc != NULL) {
        KiBugCheckText("1 = a DPC that is still queued, the DPC, the begin and the end of the "
                       "driver's memory",
                       IOP_TIMER_OR_DPC_INVALID, 1, (ULONG_PTR)Dpc, (ULONG_PTR)Base,
                       (ULONG_PTR)Base + Size, IopUnloadRoutine(Driver), NULL);
    }
}

/* IopPending: the bug check for a routine that would be executed later. */
static DECLSPEC_NORETURN VOID IopPending(const CHAR *Text, PVOID Routine, PVOID Object,
                                         ULONG64 Place)
{
    KiBugCheckText(Text, DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS, (ULONG_PTR)Routine,
                   IOP_EXECUTED, (ULONG_PTR)Routine, (ULONG_PTR)Object, Place, NULL);
}

/* IopCheckObjects: for a thread, an interrupt, a device. */
static VOID IopCheckObjects(IOP_DRIVER *Driver, PVOID Base, ULONG Size)
{
    PETHREAD Thread = PspFindThreadOf(Base, Size);
    PKINTERRUPT Interrupt = KiFindInterruptIn(Base, Size);
    PDEVICE_OBJECT Device = Driver->Object.DeviceObject;

    if (Thread != NULL) {
        IopPending("the routine of a system thread that has not ended, 8 = it is executed, the "
                   "routine again, the thread",
                   (PVOID)Thread->StartRoutine, Thread, (ULONG64)Thread->StartRoutine);
    }
    if (Interrupt != NULL) {
        IopPending("the service routine of an interrupt that is still connected, 8 = it is executed, "
                   "the routine again, the interrupt object",
                   (PVOID)Interrupt->ServiceRoutine, Interrupt, (ULONG64)Interrupt->ServiceRoutine);
    }
    if (Device != NULL) {
        IopPending("the dispatch routine for IRP_MJ_CREATE of a driver that has not deleted its "
                   "device, 8 = it would be executed, the routine again, the device",
                   (PVOID)Driver->Object.MajorFunction[IRP_MJ_CREATE], Device,
                   IopUnloadRoutine(Driver));
    }
}

/* IopCheckRoutines: for a routine that is registered with somebody. */
static VOID IopCheckRoutines(IOP_DRIVER *Driver, PVOID Base, ULONG Size)
{
    static const struct {
        PVOID (*Find)(PVOID Base, SIZE_T Size);
        const CHAR *Text;
    } Kinds[] = {
        { PspFindNotificationIn, "a routine that is still registered for notifications, 8 = it would "
                                 "be executed, the routine again, 0" },
        { KiFindNmiCallbackIn, "a routine that is still registered for NMIs, 8 = it would be executed, "
                               "the routine again, 0" },
        { KiFindChangeCallbackIn, "a routine that is still registered for added processors, 8 = it "
                                  "would be executed, the routine again, 0" },
        { KiFindBugCheckCallbackIn, "the record of a bug check callback that is still registered, 8 = "
                                    "its routine would be executed, the record again, 0" },
        { ExFindWorkItemIn, "the routine of a work item that is still queued, 8 = it would be "
                            "executed, the routine again, 0" },
        { ExFindCallbackIn, "a routine that is still registered with a callback object, 8 = it would "
                            "be executed, the routine again, 0" },
    };

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Kinds); Index++) {
        PVOID Routine = Kinds[Index].Find(Base, Size);

        if (Routine != NULL) {
            IopPending(Kinds[Index].Text, Routine, NULL,
                       Kinds[Index].Find == KiFindBugCheckCallbackIn ? IopUnloadRoutine(Driver)
                                                                     : (ULONG64)Routine);
        }
    }
}

VOID IopCheckLeftovers(IOP_DRIVER *Driver)
{
    PVOID Base = Driver->Object.DriverStart;
    ULONG Size = Driver->Object.DriverSize;

    IopCheckTimers(Driver, Base, Size);
    IopCheckObjects(Driver, Base, Size);
    IopCheckRoutines(Driver, Base, Size);
    ExReportLeaks(Base, Size, Driver->Image->Name);
}
