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
 */
#include "iop.h"
#include "../ps/psp.h"

#define IOP_TAG_LIST 0x74734C49u /* 'ILst' in memory */

static LONG IopRunning = -1; /* IopCurrentDriver */

/* IopCurrentDriver: whose DriverEntry or DriverUnload runs, -1 = none.  Any IRQL. */
LONG IopCurrentDriver(VOID)
{
    return KiLoadAcquire(
        &IopRunning); /* partner: IopSetCurrentDriver; asked by another processor */
}

static VOID IopSetCurrentDriver(LONG Index)
{
    KiStoreRelease(&IopRunning, Index);
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

/* IopLoadDriver: load a file and make its driver object. */
static BOOLEAN IopLoadDriver(const LOADER_FILE *File, LONG Index, IOP_DRIVER **Driver)
{
    PMM_IMAGE Image;
    NTSTATUS Status = MmLoadSystemImage(File, Index, &Image);

    if (!NT_SUCCESS(Status)) {
        return FALSE; /* reported there */
    }
    Status = IopCreateDriver(Image, Index, Driver);
    if (!NT_SUCCESS(Status)) {
        IopReport(Index, RecordDriverLoadFailed, Status,
                  Status == STATUS_IMAGE_ALREADY_LOADED ? "has the name of a driver before it"
                                                        : "needs more memory than there is");
        MmUnloadSystemImage(Image);
        return FALSE;
    }
    return TRUE;
}

/* IopStartDriver: call a DriverEntry; FALSE if it fails. */
static BOOLEAN IopStartDriver(IOP_DRIVER *Driver)
{
    NTSTATUS Status;

    PspNotifyOfImage(Driver->Image);
    IopReport(Driver->Index, RecordDriverStarted, STATUS_SUCCESS, "");
    IopSetCurrentDriver(Driver->Index);
    Status = Driver->Object.DriverInit(&Driver->Object, &Driver->RegistryPath);
    IopCheckReturn((PVOID)Driver->Object.DriverInit, Driver,
                   "DriverEntry has returned at a raised IRQL or with interrupts disabled");
    if (!NT_SUCCESS(Status)) {
        IopCheckLeftovers(Driver);
    }
    IopSetCurrentDriver(-1);
    IopReport(Driver->Index, RecordDriverReturned, Status, "");
    if (NT_SUCCESS(Status)) {
        IopFinishDevices(&Driver->Object);
        MmDiscardInitSections(Driver->Image);
    }
    return NT_SUCCESS(Status);
}

/* IopStopDriver: call a DriverUnload, if there is one. */
static VOID IopStopDriver(IOP_DRIVER *Driver)
{
    if (Driver->Object.DriverUnload == NULL) {
        IopReport(Driver->Index, RecordDriverStays, STATUS_SUCCESS, "");
        return;
    }
    IopReport(Driver->Index, RecordDriverUnloading, STATUS_SUCCESS, "");
    IopSetCurrentDriver(Driver->Index);
    Driver->Object.Flags |= DRVO_UNLOAD_INVOKED;
    Driver->Object.DriverUnload(&Driver->Object);
    IopCheckReturn((PVOID)Driver->Object.DriverUnload, Driver,
                   "DriverUnload has returned at a raised IRQL or with interrupts disabled");
    IopCheckLeftovers(Driver);
    IopSetCurrentDriver(-1);
    IopReport(Driver->Index, RecordDriverUnloaded, STATUS_SUCCESS, "");
    ObfDereferenceObject(Driver);
}

/* IopRunDrivers: start the drivers in order; then unload those that were started. */
static VOID IopRunDrivers(IOP_DRIVER **Drivers, ULONG Count)
{
    ULONG Started = 0;

    while (Started < Count && IopStartDriver(Drivers[Started])) {
        Started++;
    }
    if (Started == Count) {
        KiAddProcessors();
        if (KiOptions.Requests != NULL) {
            IopSendRequests(Drivers, Started);
        }
    }
    for (ULONG Index = Count; Index-- > Started;) {
        ObfDereferenceObject(Drivers[Index]); /* failed or never started */
    }
    while (Started-- != 0) {
        IopStopDriver(Drivers[Started]);
    }
}

/* IoInitSystem: run the drivers of the loader block. */
VOID IoInitSystem(LOADER_BLOCK *Block)
{
    const LOADER_FILE *Files = (const LOADER_FILE *)Block->Files;
    IOP_DRIVER **Drivers;
    ULONG Loaded = 0;

    if (Block->FileCount == 0) {
        return;
    }
    Drivers = ExAllocatePoolZero(NonPagedPoolNx, Block->FileCount * sizeof(*Drivers), IOP_TAG_LIST);
    if (Drivers == NULL) {
        KeBugCheckEx(PHASE1_INITIALIZATION_FAILED, (ULONG_PTR)STATUS_INSUFFICIENT_RESOURCES, 0, 0,
                     0);
    }
    for (ULONG Index = 0; Index < Block->FileCount; Index++) {
        if (IopLoadDriver(&Files[Index], (LONG)Index, &Drivers[Loaded])) {
            Loaded++;
        }
    }
    if (Loaded == Block->FileCount) {
        IopRunDrivers(Drivers, Loaded);
    } else {
        while (Loaded-- != 0) {
            ObfDereferenceObject(Drivers[Loaded]);
        }
    }
    ExFreePool(Drivers);
}
