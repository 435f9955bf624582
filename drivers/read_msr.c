/* SPDX-License-Identifier: MIT */
/*
 * read_msr.c: read a model-specific register on every processor at once.
 *
 * The idiom of profilers and microcode tools: each processor writes its own
 * slot, so that no lock is needed, and which the caller reads after the call.
 */
#include <ntddk.h>

#define IA32_APIC_BASE 0x1B

static ULONG64 *Slots;

static ULONG_PTR NTAPI ReadMsr(ULONG_PTR Msr)
{
    Slots[KeGetCurrentProcessorNumberEx(NULL)] = __readmsr((ULONG)Msr);
    return 0;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    ExFreePoolWithTag(Slots, 'rsM ');
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS);

    UNREFERENCED_PARAMETER(RegistryPath);
    Slots = ExAllocatePoolWithTag(NonPagedPoolNx, Count * sizeof(ULONG64), 'rsM ');
    if (Slots == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(Slots, Count * sizeof(ULONG64));
    DriverObject->DriverUnload = Unload;

    KeIpiGenericCall(ReadMsr, IA32_APIC_BASE);
    for (ULONG Index = 0; Index < KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS); Index++) {
        DbgPrint("processor %2lu: IA32_APIC_BASE = 0x%016I64x%s\n", Index, Slots[Index],
                 Slots[Index] & 0x100 ? "  (boot processor)" : "");
    }
    return STATUS_SUCCESS;
}
