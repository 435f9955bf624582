/* SPDX-License-Identifier: MIT */
/*
 * image.c: drivers' files become images.
 *
 * The file is mapped, relocated, bound and given its load configuration while
 * its pages are still writable and not executable; only then are they
 * protected (image_protect.c).
 */
#include "mi.h"
#include "../ex/exp.h"

/* What can go wrong that LdrPeStatusText does not know. */
#define MI_MEMORY_TEXT "needs more memory than there is"
#define MI_SHARED_TEXT "has code and writable data in one page"
#define MI_ENTRY_TEXT  "has no entry point"

static FAST_MUTEX MiImageMutex; /* images come and go one at a time */

VOID MiInitializeImages(VOID)
{
    ExInitializeFastMutex(&MiImageMutex);
}

/* MiReportFailure: say why a driver does not load. */
static NTSTATUS MiReportFailure(PMM_IMAGE Image, NTSTATUS Status, const CHAR *Text)
{
    RECORD_DRIVER Record = { Image->Driver, RecordDriverLoadFailed, (ULONG)Status };

    KdReport(RecordDriver, &Record, sizeof(Record), Text, (ULONG)strlen(Text));
    return Status;
}

/* MiPeFailure: the same for what the PE loader found. */
static NTSTATUS MiPeFailure(PMM_IMAGE Image, PE_STATUS Status)
{
    NTSTATUS Nt = STATUS_INVALID_IMAGE_FORMAT;

    if (Status == PE_NOT_PE) {
        Nt = STATUS_INVALID_IMAGE_NOT_MZ;
    } else if (Status == PE_MISSING_IMPORT) {
        Nt = STATUS_DRIVER_ENTRYPOINT_NOT_FOUND;
    }
    return MiReportFailure(Image, Nt, LdrPeStatusText(Status));
}

/* MiAppend: add text to a buffer as far as it fits; returns the new length. */
static ULONG MiAppend(CHAR *Buffer, ULONG Size, ULONG Length, const CHAR *Text)
{
    while (*Text != '\0' && Length < Size) {
        Buffer[Length++] = *Text++;
    }
    return Length;
}

/* MiAppendNumber: the same for a number, in decimal. */
static ULONG MiAppendNumber(CHAR *Buffer, ULONG Size, ULONG Length, ULONG Number)
{
    CHAR Digits[11], *First = &Digits[sizeof(Digits) - 1];

    *First = '\0';
    do {
        *--First = (CHAR)('0' + Number % 10);
        Number /= 10;
    } while (Number != 0);
    return MiAppend(Buffer, Size, Length, First);
}

/* MiReportMissing: a PE_REPORT_MISSING: name an import that nothing exports. */
static VOID MiReportMissing(PVOID Context, const PE_IMPORT *Import, PE_STATUS Reason)
{
    PMM_IMAGE Image = Context;
    RECORD_DRIVER Record = { Image->Driver, RecordDriverMissing,
                             (ULONG)STATUS_DRIVER_ENTRYPOINT_NOT_FOUND };
    CHAR Text[512];
    ULONG Length = MiAppend(Text, sizeof(Text), 0, Import->Module);

    (VOID) Reason;
    Length = MiAppend(Text, sizeof(Text), Length, "!");
    if (Import->Name != NULL) {
        Length = MiAppend(Text, sizeof(Text), Length, Import->Name);
    } else {
        Length = MiAppend(Text, sizeof(Text), Length, "#");
        Length = MiAppendNumber(Text, sizeof(Text), Length, Import->Ordinal);
    }
    KdReport(RecordDriver, &Record, sizeof(Record), Text, Length);
}

/* MiRandom: a value that an image cannot guess (splitmix64 of the counter). */
static ULONG64 MiRandom(ULONG64 Seed)
{
    ULONG64 Value = HalReadCounter() + Seed * 0x9E3779B97F4A7C15;

    Value = (Value ^ (Value >> 30)) * 0xBF58476D1CE4E5B9;
    Value = (Value ^ (Value >> 27)) * 0x94D049BB133111EB;
    return Value ^ (Value >> 31);
}

/* MiPrepareView: everything that is done to an image while it is writable. */
static PE_STATUS MiPrepareView(PMM_IMAGE Image, const LOADER_FILE *File)
{
    PVOID View = Image->DllBase;
    PE_BINDER Binder = { MiResolveImport, MiReportMissing, Image };
    PE_LOAD_CONFIG_VALUES Values = { MiRandom((ULONG64)View), (ULONG64)KiGuardCheck,
                                     (ULONG64)KiGuardDispatch };
    PE_STATUS Status = LdrPeMap(&Image->Pe, Image->File, File->Size, View, Image->Pe.Size);

    if (Status == PE_SUCCESS) {
        Status = LdrPeRelocate(&Image->Pe, View, (ULONG64)View);
    }
    if (Status == PE_SUCCESS) {
        Status = LdrPeBindImports(&Image->Pe, View, &Binder);
    }
    if (Status == PE_SUCCESS) {
        Status = LdrPeApplyLoadConfig(&Image->Pe, View, &Values);
    }
    return Status;
}

/* MiReleaseImage: give an image's memory back. */
static VOID MiReleaseImage(PMM_IMAGE Image)
{
    SIZE_T Pages = Image->Pe.Size >> PAGE_SHIFT;

    MiDecommitPages(Image->DllBase, Pages);
    MiReleaseRange(Image->DllBase, Pages + 1);
}

/*
 * MiDereferenceImage: an image is unloaded, or one that imports from it is gone.
 * => the last one takes it out of memory, and lets go of those that it imports from in turn: at most
 *    as deep as there are drivers, since a driver imports only from those before it
 */
static VOID MiDereferenceImage(PMM_IMAGE Image)
{
    if (--Image->References != 0) {
        return;
    }
    for (ULONG Number = 0; Number < MI_MAXIMUM_DRIVERS; Number++) {
        if (Image->Imports >> Number & 1) {
            MiDereferenceImage(MiDriverImage(Number));
        }
    }
    if (Image->Module != NULL) {
        MiRemoveModule(Image->Module);
        MiReleaseImage(Image);
    }
    ExFreePool(Image);
}

/* MiDescribeImage: fill in what drivers may look at. */
static VOID MiDescribeImage(PMM_IMAGE Image)
{
    ULONG Bytes = 0;

    Image->EntryPoint = (PUCHAR)Image->DllBase + Image->Pe.EntryPoint;
    Image->SizeOfImage = Image->Pe.Size;
    RtlUTF8ToUnicodeN(Image->WideName, sizeof(Image->WideName) - sizeof(WCHAR), &Bytes, Image->Name,
                      (ULONG)strlen(Image->Name));
    Image->BaseDllName.Buffer = Image->WideName;
    Image->BaseDllName.Length = (USHORT)Bytes;
    Image->BaseDllName.MaximumLength = (USHORT)Bytes + sizeof(WCHAR);
    Image->FullDllName = Image->BaseDllName;
    InitializeListHead(&Image->InLoadOrderLinks);
    InitializeListHead(&Image->InMemoryOrderLinks);
    InitializeListHead(&Image->InInitializationOrderLinks);
}

/* MiReportImage: tell the tool where a driver lies. */
static VOID MiReportImage(PMM_IMAGE Image)
{
    RECORD_IMAGE Record = { (ULONG64)Image->DllBase, Image->Pe.Size, Image->Driver };

    KdReport(RecordImage, &Record, sizeof(Record), Image->Name, (ULONG)strlen(Image->Name));
}

/* MiPlaceImage: from a described file to an image that may run. */
static NTSTATUS MiPlaceImage(PMM_IMAGE Image, const LOADER_FILE *File)
{
    SIZE_T Pages = Image->Pe.Size >> PAGE_SHIFT;
    PE_STATUS Status;

    Image->DllBase = MiReserveRange(Pages + 1);
    if (Image->DllBase == NULL) {
        return MiReportFailure(Image, STATUS_INSUFFICIENT_RESOURCES, MI_MEMORY_TEXT);
    }
    if (!MiCommitPages(Image->DllBase, Pages, HAL_PAGE_READ | HAL_PAGE_WRITE)) {
        MiReleaseRange(Image->DllBase, Pages + 1);
        return MiReportFailure(Image, STATUS_INSUFFICIENT_RESOURCES, MI_MEMORY_TEXT);
    }
    Status = MiPrepareView(Image, File);
    if (Status != PE_SUCCESS) {
        MiReleaseImage(Image);
        return MiPeFailure(Image, Status);
    }
    Image->Module = MiAddModule(Image->Name, Image->DllBase, &Image->Pe, Image);
    if (Image->Module == NULL) {
        MiReleaseImage(Image);
        return MiReportFailure(Image, STATUS_INSUFFICIENT_RESOURCES, MI_MEMORY_TEXT);
    }
    MiProtectImage(&Image->Pe, Image->File, Image->DllBase);
    return STATUS_SUCCESS;
}

/* MiLoadImage: check a file, place it, describe it. */
static NTSTATUS MiLoadImage(PMM_IMAGE Image, const LOADER_FILE *File)
{
    PE_STATUS Pe = LdrPeOpen(Image->File, File->Size, &Image->Pe);
    NTSTATUS Status;

    if (Pe != PE_SUCCESS) {
        return MiPeFailure(Image, Pe);
    }
    if (Image->Pe.EntryPoint == 0) {
        return MiReportFailure(Image, STATUS_INVALID_IMAGE_FORMAT, MI_ENTRY_TEXT);
    }
    if (!MiMayProtectImage(&Image->Pe, Image->File)) {
        return MiReportFailure(Image, STATUS_INVALID_IMAGE_FORMAT, MI_SHARED_TEXT);
    }
    Status = MiPlaceImage(Image, File);
    if (NT_SUCCESS(Status)) {
        MiDescribeImage(Image);
        MiReportImage(Image);
    }
    return Status;
}

NTSTATUS MmLoadSystemImage(const LOADER_FILE *File, LONG Driver, PMM_IMAGE *Loaded)
{
    PMM_IMAGE Image = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Image), MI_TAG_IMAGE);
    NTSTATUS Status;

    if (Image == NULL) {
        MM_IMAGE Nameless = { .Driver = Driver };

        return MiReportFailure(&Nameless, STATUS_INSUFFICIENT_RESOURCES, MI_MEMORY_TEXT);
    }
    Image->Driver = Driver;
    Image->References = 1;
    Image->File = (const VOID *)File->Data;
    memcpy(Image->Name, File->Name, sizeof(Image->Name) - 1);
    ExAcquireFastMutex(&MiImageMutex);
    Status = MiLoadImage(Image, File);
    if (!NT_SUCCESS(Status)) {
        MiDereferenceImage(Image);
    }
    ExReleaseFastMutex(&MiImageMutex);
    if (NT_SUCCESS(Status)) {
        *Loaded = Image;
    }
    return Status;
}

BOOLEAN MmIsDriverInMemory(LONG Driver)
{
    BOOLEAN Found;

    ExAcquireFastMutex(&MiImageMutex);
    Found = MiIsDriverInMemory(Driver);
    ExReleaseFastMutex(&MiImageMutex);
    return Found;
}

VOID MmDiscardInitSections(PMM_IMAGE Image)
{
    MiDiscardImage(&Image->Pe, Image->File, Image->DllBase);
}

/* MiUnloadImage: MmUnloadSystemImage, at IRQL <= APC_LEVEL; a PWORKER_THREAD_ROUTINE. */
static VOID NTAPI MiUnloadImage(PVOID Image)
{
    ExAcquireFastMutex(&MiImageMutex);
    MiDereferenceImage(Image);
    ExReleaseFastMutex(&MiImageMutex);
}

/*
 * MmUnloadSystemImage: take an image out of memory, as soon as no other image imports from it.
 * => nothing of it runs any more, but what others import.  IRQL <= DISPATCH_LEVEL, where it is put off
 */
VOID MmUnloadSystemImage(PMM_IMAGE Image)
{
    if (KeGetCurrentIrql() <= APC_LEVEL) {
        MiUnloadImage(Image);
        return;
    }
    ExInitializeWorkItem(&Image->Unload, MiUnloadImage, Image);
    ExQueueWorkItem(&Image->Unload, DelayedWorkQueue);
}
