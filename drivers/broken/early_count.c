/* SPDX-License-Identifier: MIT */
/*
 * early_count.c: WRONG: the processors are counted before one is added (clause C17).
 *
 * A page of samples for each processor, as many as DriverEntry has counted.
 * A processor that is added later takes part in every call, and writes behind
 * the last page.
 *
 * allcall reports the page fault in the routine in a machine with a processor
 * that comes later (--hot-add 1).  Right is KeQueryMaximumProcessorCountEx, or
 * KeRegisterProcessorChangeCallback.
 */
#include <ntddk.h>

#define SAMPLES (PAGE_SIZE / sizeof(ULONG64))

static ULONG64 (*Samples)[SAMPLES];

static ULONG_PTR NTAPI Sample(ULONG_PTR Slot)
{
    Samples[KeGetCurrentProcessorNumberEx(NULL)][Slot] = __rdtsc();
    return 0;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    KeIpiGenericCall(Sample, 1);
    DbgPrint("processor 0 ran for %I64u counts\n", Samples[0][1] - Samples[0][0]);
    ExFreePoolWithTag(Samples, 'lpmS');
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);

    UNREFERENCED_PARAMETER(RegistryPath);
    Samples = ExAllocatePoolWithTag(NonPagedPoolNx, Count * sizeof(*Samples), 'lpmS');
    if (Samples == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    DriverObject->DriverUnload = Unload;
    KeIpiGenericCall(Sample, 0);
    return STATUS_SUCCESS;
}
