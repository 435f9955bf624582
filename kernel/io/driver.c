/* SPDX-License-Identifier: MIT */
/*
 * driver.c: the drivers of a run: load all, start them in order, unload them
 * in reverse order.
 *
 * => Every file is loaded, or found wanting, before the first DriverEntry
 *    runs: what is wrong is told at once, and a run with a driver missing does
 *    not begin.
 * => If a DriverEntry fails, those after it are not started and those before
 *    it are unloaded.
 * => Processors that are held back come up after the last DriverEntry, and then requests are sent.
 * => A driver without DriverUnload stays.
 * => In between drivers may unload and load each other (driver_load.c); the order in which they
 *    were started last is what counts in the end.
 */
#include "iop.h"
#include "../ps/psp.h"

/*
 * The drivers of the run, in the order of the command line.  A state changes
 * under the lock, and a driver that is IopBusy belongs to whoever has made it
 * so.  No lock is held while a driver's routine runs: it may load others.
 */
IOP_SERVICE IopServices[MI_MAXIMUM_DRIVERS];
ULONG IopServiceCount;
static ULONG64 IopServiceLock;
static LONG64 IopTurns; /* how many routines have been called */

/*
 * IopCurrentDriver: whose DriverEntry or DriverUnload runs, -1 = none.
 * => of several, one of which has loaded the other, the last.  Any IRQL.
 */
LONG IopCurrentDriver(VOID)
{
    LONG64 Latest = 0;
    LONG Current = -1;

    for (ULONG Index = 0; Index < IopServiceCount; Index++) {
        LONG64 Turn = KiLoadAcquire(&IopServices[Index].Turn); /* partner: IopBeginRoutine */

        if (Turn > Latest) {
            Latest = Turn;
            Current = (LONG)Index;
        }
    }
    return Current;
}

/* IopBeginRoutine: a driver's DriverEntry or DriverUnload is about to be called.  => its number */
static LONG64 IopBeginRoutine(IOP_SERVICE *Service)
{
    LONG64 Turn = KiFetchAdd(&IopTurns, 1) + 1;

    KiStoreRelease(&Service->Turn, Turn); /* partner: IopCurrentDriver */
    return Turn;
}

static VOID IopEndRoutine(IOP_SERVICE *Service)
{
    KiStoreRelease(&Service->Turn, 0); /* partner: IopCurrentDriver */
}

IOP_STATE IopClaim(IOP_SERVICE *Service, IOP_STATE Wanted)
{
    BOOLEAN Enabled = KiLockWord(&IopServiceLock);
    IOP_STATE Found = Service->State;

    if (Found == Wanted) {
        Service->State = IopBusy;
    }
    KiUnlockWord(&IopServiceLock, Enabled);
    return Found;
}

VOID IopSettle(IOP_SERVICE *Service, IOP_STATE State)
{
    BOOLEAN Enabled = KiLockWord(&IopServiceLock);

    Service->State = State;
    KiUnlockWord(&IopServiceLock, Enabled);
}

IOP_DRIVER *IopReferenceDriver(IOP_SERVICE *Service)
{
    BOOLEAN Enabled = KiLockWord(&IopServiceLock);
    IOP_DRIVER *Driver = Service->State == IopRunning ? Service->Driver : NULL;

    if (Driver != NULL) {
        ObfReferenceObject(Driver); /* the I/O manager's own is there as long as it runs */
    }
    KiUnlockWord(&IopServiceLock, Enabled);
    return Driver;
}

/* IopReport: tell the tool about a step in a driver's life. */
static VOID IopReport(LONG Index, RECORD_DRIVER_STEP Step, NTSTATUS Status, const CHAR *Text)
{
    RECORD_DRIVER Record = { (ULONG)Index, Step, (ULONG)Status };

    KdReport(RecordDriver, &Record, sizeof(Record), Text, (ULONG)strlen(Text));
}

/*
 * IopCheckReturn: did a driver's routine return at PASSIVE_LEVEL with interrupts on?
 * => IRQL_UNEXPECTED_VALUE if not; P2 and P3 are those of UniqueValue 2, a callout; P4 is ours:
 *    whether interrupts were enabled
 */
static VOID IopCheckReturn(PVOID Routine, IOP_DRIVER *Driver, const CHAR *Text)
{
    KIRQL Irql = KeGetCurrentIrql();
    BOOLEAN Enabled = HalAreInterruptsEnabled();

    if (Irql != PASSIVE_LEVEL || !Enabled) {
        KiBugCheckText(Text, IRQL_UNEXPECTED_VALUE, ((ULONG_PTR)Irql << 16) | 2, (ULONG_PTR)Routine,
                       (ULONG_PTR)Driver, Enabled, (ULONG64)Routine, NULL);
    }
}

/* IopDropDriver: take a driver that does not run out of memory. */
static VOID IopDropDriver(IOP_SERVICE *Service)
{
    IOP_DRIVER *Driver = Service->Driver;

    Service->Driver = NULL;
    ObfDereferenceObject(Driver);
    IopSettle(Service, IopAbsent);
}

NTSTATUS IopLoadDriver(IOP_SERVICE *Service)
{
    LONG Index = (LONG)(Service - IopServices);
    PMM_IMAGE Image;
    NTSTATUS Status = MmLoadSystemImage(Service->File, Index, &Image);

    if (NT_SUCCESS(Status)) {
        Status = IopCreateDriver(Image, Index, &Service->Driver);
        if (!NT_SUCCESS(Status)) {
            IopReport(Index, RecordDriverLoadFailed, Status,
                      Status == STATUS_IMAGE_ALREADY_LOADED ? "has the name of a driver before it"
                                                            : "needs more memory than there is");
            MmUnloadSystemImage(Image);
        }
    }
    IopSettle(Service, NT_SUCCESS(Status) ? IopLoaded : IopAbsent);
    return Status;
}

NTSTATUS IopStartDriver(IOP_SERVICE *Service)
{
    IOP_DRIVER *Driver = Service->Driver;
    NTSTATUS Status;

    PspNotifyOfImage(Driver->Image);
    IopReport(Driver->Index, RecordDriverStarted, STATUS_SUCCESS, "");
    Service->Started = IopBeginRoutine(Service);
    Status = Driver->Object.DriverInit(&Driver->Object, &Driver->RegistryPath);
    IopCheckReturn((PVOID)Driver->Object.DriverInit, Driver,
                   "DriverEntry has returned at a raised IRQL or with interrupts disabled");
    if (!NT_SUCCESS(Status)) {
        IopCheckLeftovers(Driver);
    }
    IopEndRoutine(Service);
    IopReport(Driver->Index, RecordDriverReturned, Status, "");
    if (!NT_SUCCESS(Status)) {
        IopDropDriver(Service);
        return Status;
    }
    IopFinishDevices(&Driver->Object);
    MmDiscardInitSections(Driver->Image);
    IopSettle(Service, IopRunning);
    return Status;
}

VOID IopStopDriver(IOP_SERVICE *Service)
{
    IOP_DRIVER *Driver = Service->Driver;

    IopReport(Driver->Index, RecordDriverUnloading, STATUS_SUCCESS, "");
    IopBeginRoutine(Service);
    Driver->Object.Flags |= DRVO_UNLOAD_INVOKED;
    Driver->Object.DriverUnload(&Driver->Object);
    IopCheckReturn((PVOID)Driver->Object.DriverUnload, Driver,
                   "DriverUnload has returned at a raised IRQL or with interrupts disabled");
    IopCheckLeftovers(Driver);
    IopEndRoutine(Service);
    IopReport(Driver->Index, RecordDriverUnloaded, STATUS_SUCCESS, "");
    IopDropDriver(Service);
}

/* IopStartDrivers: start all in order.  => FALSE: one has failed; those behind it are gone */
static BOOLEAN IopStartDrivers(VOID)
{
    ULONG Started = 0;

    while (Started < IopServiceCount &&
           IopClaim(&IopServices[Started], IopLoaded) == IopLoaded &&
           NT_SUCCESS(IopStartDriver(&IopServices[Started]))) {
        Started++;
    }
    for (ULONG Index = IopServiceCount; Index-- > Started;) {
        if (IopClaim(&IopServices[Index], IopLoaded) == IopLoaded) {
            IopDropDriver(&IopServices[Index]);
        }
    }
    return Started == IopServiceCount;
}

/* IopLastStarted: => of those that run, the one that was started last, claimed; NULL: none runs */
static IOP_SERVICE *IopLastStarted(VOID)
{
    BOOLEAN Enabled = KiLockWord(&IopServiceLock);
    IOP_SERVICE *Last = NULL;

    for (ULONG Index = 0; Index < IopServiceCount; Index++) {
        IOP_SERVICE *Service = &IopServices[Index];

        if (Service->State == IopRunning && (Last == NULL || Service->Started > Last->Started)) {
            Last = Service;
        }
    }
    if (Last != NULL) {
        Last->State = IopBusy;
    }
    KiUnlockWord(&IopServiceLock, Enabled);
    return Last;
}

/* IopStopDrivers: unload those that run, the last one first; one without DriverUnload stays. */
static VOID IopStopDrivers(VOID)
{
    IOP_SERVICE *Service;

    while ((Service = IopLastStarted()) != NULL) {
        if (Service->Driver->Object.DriverUnload != NULL) {
            IopStopDriver(Service);
        } else {
            IopReport(Service->Driver->Index, RecordDriverStays, STATUS_SUCCESS, "");
        }
    }
}

/* IoInitSystem: run the drivers of the loader block. */
VOID IoInitSystem(LOADER_BLOCK *Block)
{
    const LOADER_FILE *Files = (const LOADER_FILE *)Block->Files;
    ULONG Loaded = 0;

    if (Block->FileCount > RTL_NUMBER_OF(IopServices)) {
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, (ULONG_PTR)STATUS_INSUFFICIENT_RESOURCES, 0, 0,
                     0);
    }
    IopServiceCount = Block->FileCount;
    for (ULONG Index = 0; Index < IopServiceCount; Index++) {
        IopServices[Index].File = &Files[Index];
        Loaded += NT_SUCCESS(IopLoadDriver(&IopServices[Index]));
    }
    if (Loaded == IopServiceCount && IopStartDrivers()) {
        KiAddProcessors();
        if (KiOptions.Requests != NULL) {
            IopSendRequests();
        }
    }
    for (ULONG Index = IopServiceCount; Index-- != 0;) {
        if (IopClaim(&IopServices[Index], IopLoaded) == IopLoaded) {
            IopDropDriver(&IopServices[Index]); /* another one did not load */
        }
    }
    IopStopDrivers();
}
