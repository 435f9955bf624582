/* SPDX-License-Identifier: MIT */
/*
 * survey_driver.h: a driver as people write them, with all that the surveyed ones do: a device and its
 * link, control codes, a block for each processor, a loop over the processors, a system thread, a DPC
 * on every processor, a call on every processor, exceptions, MDLs.  Each compiler has its own source
 * that includes this; GCC has no __try, so there the fault is left out.
 */
#include <ntddk.h>
#include "survey.h"

#define SURVEY_TAG 'vruS'

typedef struct DECLSPEC_ALIGN(64) _SURVEY_BLOCK {
    volatile ULONG64 Answer;
    volatile LONG Leader;
} SURVEY_BLOCK;

typedef struct _SURVEY_EXTENSION {
    SURVEY_BLOCK *Blocks; /* one for each processor that there can be */
    ULONG Count;
    FAST_MUTEX Busy;
    KEVENT Wanted, Done;
    BOOLEAN Ends;
    PVOID Thread;
    SURVEY_REPLY Reply; /* of the thread */
} SURVEY_EXTENSION;

static VOID SurveyClear(SURVEY_EXTENSION *Extension)
{
    RtlZeroMemory(Extension->Blocks, Extension->Count * sizeof(SURVEY_BLOCK));
}

static VOID SurveyAnswer(SURVEY_EXTENSION *Extension)
{
    ULONG Index = KeGetCurrentProcessorNumberEx(NULL);

    Extension->Blocks[Index].Answer += Index + 1;
}

static VOID SurveyCount(const SURVEY_EXTENSION *Extension, SURVEY_REPLY *Reply)
{
    RtlZeroMemory(Reply, sizeof(*Reply));
    for (ULONG Index = 0; Index < Extension->Count; Index++) {
        Reply->Processors += Extension->Blocks[Index].Answer == Index + 1;
        Reply->Leaders += (ULONG)Extension->Blocks[Index].Leader;
        Reply->Sum += Extension->Blocks[Index].Answer;
    }
}

static ULONG_PTR NTAPI SurveyRoutine(ULONG_PTR Context)
{
    SurveyAnswer((SURVEY_EXTENSION *)Context);
    return 0;
}

static VOID SurveyCall(SURVEY_EXTENSION *Extension, SURVEY_REPLY *Reply)
{
    SurveyClear(Extension);
    KeIpiGenericCall(SurveyRoutine, (ULONG_PTR)Extension);
    SurveyCount(Extension, Reply);
}

static VOID SurveyVisit(SURVEY_EXTENSION *Extension, SURVEY_REPLY *Reply)
{
    SurveyClear(Extension);
    for (ULONG Index = 0; Index < KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS); Index++) {
        GROUP_AFFINITY Affinity = {0}, Previous;
        PROCESSOR_NUMBER Number;

        KeGetProcessorNumberFromIndex(Index, &Number);
        Affinity.Group = Number.Group;
        Affinity.Mask = (KAFFINITY)1 << Number.Number;
        KeSetSystemGroupAffinityThread(&Affinity, &Previous);
        SurveyAnswer(Extension);
        KeRevertToUserGroupAffinityThread(&Previous);
    }
    SurveyCount(Extension, Reply);
}

NTKERNELAPI VOID NTAPI KeGenericCallDpc(PKDEFERRED_ROUTINE Routine, PVOID Context);
NTKERNELAPI VOID NTAPI KeSignalCallDpcDone(PVOID SystemArgument1);
NTKERNELAPI LOGICAL NTAPI KeSignalCallDpcSynchronize(PVOID SystemArgument2);

static VOID NTAPI SurveyDpcRoutine(PKDPC Dpc, PVOID Context, PVOID Done, PVOID Barrier)
{
    SURVEY_EXTENSION *Extension = Context;

    UNREFERENCED_PARAMETER(Dpc);
    SurveyAnswer(Extension);
    if (KeSignalCallDpcSynchronize(Barrier)) {
        Extension->Blocks[KeGetCurrentProcessorNumberEx(NULL)].Leader = 1;
    }
    KeSignalCallDpcDone(Done);
}

static VOID SurveyDpc(SURVEY_EXTENSION *Extension, SURVEY_REPLY *Reply)
{
    SurveyClear(Extension);
    KeGenericCallDpc(SurveyDpcRoutine, Extension);
    SurveyCount(Extension, Reply);
}

static VOID NTAPI SurveyThread(PVOID Context)
{
    SURVEY_EXTENSION *Extension = Context;

    for (;;) {
        KeWaitForSingleObject(&Extension->Wanted, Executive, KernelMode, FALSE, NULL);
        if (Extension->Ends) {
            break;
        }
        SurveyCall(Extension, &Extension->Reply);
        KeSetEvent(&Extension->Done, IO_NO_INCREMENT, FALSE);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID SurveyByThread(SURVEY_EXTENSION *Extension, SURVEY_REPLY *Reply)
{
    KeSetEvent(&Extension->Wanted, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(&Extension->Done, Executive, KernelMode, FALSE, NULL);
    *Reply = Extension->Reply;
}

#ifdef __clang__
/* Called, since to clang only calls in __try can raise. */
static __attribute__((noinline)) VOID SurveyTouch(volatile ULONG *Address)
{
    *Address = 1;
}
#endif

static ULONG_PTR NTAPI SurveyFaultRoutine(ULONG_PTR Context)
{
#ifdef __clang__
    __try {
        SurveyTouch((volatile ULONG *)0xDEAD000000000000ull); /* not canonical */
    } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION ? EXCEPTION_EXECUTE_HANDLER
                                                              : EXCEPTION_CONTINUE_SEARCH) {
        SurveyAnswer((SURVEY_EXTENSION *)Context);
    }
#else
    SurveyAnswer((SURVEY_EXTENSION *)Context);
#endif
    return 0;
}

static VOID SurveyFault(SURVEY_EXTENSION *Extension, SURVEY_REPLY *Reply)
{
    SurveyClear(Extension);
    KeIpiGenericCall(SurveyFaultRoutine, (ULONG_PTR)Extension);
    SurveyCount(Extension, Reply);
}

/* The input goes through a buffer of the driver's own, which has a second mapping. */
static NTSTATUS SurveyRemap(PIRP Irp, ULONG Length)
{
    PUCHAR Out = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority), In, Own, Alias;
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL Mdl;

    Own = ExAllocatePoolWithTag(NonPagedPoolNx, Length, SURVEY_TAG);
    Mdl = Own != NULL ? IoAllocateMdl(Own, Length, FALSE, FALSE, NULL) : NULL;
    if (Mdl != NULL) {
        MmBuildMdlForNonPagedPool(Mdl);
        Alias = MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE,
                                             NormalPagePriority);
        In = Irp->AssociatedIrp.SystemBuffer;
        if (Alias != NULL && Out != NULL) {
            for (ULONG Index = 0; Index < Length; Index++) {
                Alias[Index] = In[Index] ^ 0xFF;
            }
            RtlCopyMemory(Out, Own, Length);
            Status = STATUS_SUCCESS;
        }
        if (Alias != NULL) {
            MmUnmapLockedPages(Alias, Mdl);
        }
        IoFreeMdl(Mdl);
    }
    if (Own != NULL) {
        ExFreePoolWithTag(Own, SURVEY_TAG);
    }
    return Status;
}

static NTSTATUS SurveyComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI SurveyCreateClose(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    return SurveyComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS SurveyBuffered(SURVEY_EXTENSION *Extension, ULONG Code, SURVEY_REPLY *Reply)
{
    switch (Code) {
    case SURVEY_CALL: SurveyCall(Extension, Reply); return STATUS_SUCCESS;
    case SURVEY_VISIT: SurveyVisit(Extension, Reply); return STATUS_SUCCESS;
    case SURVEY_DPC: SurveyDpc(Extension, Reply); return STATUS_SUCCESS;
    case SURVEY_THREAD: SurveyByThread(Extension, Reply); return STATUS_SUCCESS;
    case SURVEY_FAULT: SurveyFault(Extension, Reply); return STATUS_SUCCESS;
    default: return STATUS_INVALID_DEVICE_REQUEST;
    }
}

static NTSTATUS NTAPI SurveyControl(PDEVICE_OBJECT Device, PIRP Irp)
{
    PIO_STACK_LOCATION Location = IoGetCurrentIrpStackLocation(Irp);
    SURVEY_EXTENSION *Extension = Device->DeviceExtension;
    ULONG Code = Location->Parameters.DeviceIoControl.IoControlCode;
    ULONG Length = Location->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG_PTR Information = 0;
    SURVEY_REPLY Reply;
    NTSTATUS Status;

    if (Code == SURVEY_REMAP) {
        if (Length != Location->Parameters.DeviceIoControl.InputBufferLength || Length == 0) {
            return SurveyComplete(Irp, STATUS_INVALID_PARAMETER, 0);
        }
        Status = SurveyRemap(Irp, Length);
        return SurveyComplete(Irp, Status, NT_SUCCESS(Status) ? Length : 0);
    }
    if (Length < sizeof(Reply)) {
        return SurveyComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    }
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&Extension->Busy);
    Status = SurveyBuffered(Extension, Code, &Reply);
    ExReleaseFastMutexUnsafe(&Extension->Busy);
    KeLeaveCriticalRegion();
    if (NT_SUCCESS(Status)) {
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &Reply, sizeof(Reply));
        Information = sizeof(Reply);
    }
    return SurveyComplete(Irp, Status, Information);
}

static VOID SurveyStop(PDEVICE_OBJECT Device)
{
    SURVEY_EXTENSION *Extension = Device->DeviceExtension;

    if (Extension->Thread != NULL) {
        Extension->Ends = TRUE;
        KeSetEvent(&Extension->Wanted, IO_NO_INCREMENT, FALSE);
        KeWaitForSingleObject(Extension->Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(Extension->Thread);
    }
    if (Extension->Blocks != NULL) {
        ExFreePoolWithTag(Extension->Blocks, SURVEY_TAG);
    }
    IoDeleteDevice(Device);
}

static VOID NTAPI SurveyUnload(PDRIVER_OBJECT DriverObject)
{
    UNICODE_STRING Link;

    RtlInitUnicodeString(&Link, SURVEY_LINK);
    IoDeleteSymbolicLink(&Link);
    SurveyStop(DriverObject->DeviceObject);
    DbgPrint("done\n");
}

static NTSTATUS SurveyStart(PDEVICE_OBJECT Device)
{
    SURVEY_EXTENSION *Extension = Device->DeviceExtension;
    NTSTATUS Status;
    HANDLE Handle;

    ExInitializeFastMutex(&Extension->Busy);
    KeInitializeEvent(&Extension->Wanted, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Extension->Done, SynchronizationEvent, FALSE);
    Extension->Count = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS);
    Extension->Blocks = ExAllocatePoolWithTag(
        NonPagedPoolNx, Extension->Count * sizeof(SURVEY_BLOCK), SURVEY_TAG);
    if (Extension->Blocks == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Status = PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, SurveyThread,
                                  Extension);
    if (NT_SUCCESS(Status)) {
        ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                  &Extension->Thread, NULL);
        ZwClose(Handle);
    }
    return Status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name, Link;
    PDEVICE_OBJECT Device;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    RtlInitUnicodeString(&Name, SURVEY_NAME);
    RtlInitUnicodeString(&Link, SURVEY_LINK);
    DriverObject->DriverUnload = SurveyUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = SurveyCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = SurveyCreateClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = SurveyControl;
    Status = IoCreateDevice(DriverObject, sizeof(SURVEY_EXTENSION), &Name, FILE_DEVICE_UNKNOWN,
                            FILE_DEVICE_SECURE_OPEN, FALSE, &Device);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = SurveyStart(Device);
    if (NT_SUCCESS(Status)) {
        Status = IoCreateSymbolicLink(&Link, &Name);
    }
    if (!NT_SUCCESS(Status)) {
        SurveyStop(Device);
    }
    return Status;
}
