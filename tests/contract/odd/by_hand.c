/* SPDX-License-Identifier: MIT */
/*
 * A driver that x86_64-w64-mingw32-gcc links by hand, against mingw-w64's own libntoskrnl.a and
 * libhal.a, without any header or library of ours, runs.
 */
#include <ntddk.h>

static volatile LONG Ran;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    InterlockedIncrement(&Ran);
    return Argument + 1;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Frequency;
    PROCESSOR_NUMBER Number;
    UNICODE_STRING Name;
    PVOID Pool;
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    if (KeIpiGenericCall(Routine, 41) != 42 ||
        Ran != (LONG)KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS)) {
        return STATUS_UNSUCCESSFUL;
    }
    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    KeStallExecutionProcessor(10);
    KeQueryPerformanceCounter(&Frequency);
    KeGetCurrentProcessorNumberEx(&Number);
    KeLowerIrql(Old);
    Pool = ExAllocatePoolWithTag(NonPagedPool, 100, 'dnaH');
    if (Pool == NULL || Frequency.QuadPart == 0 || Number.Number != 0) {
        return STATUS_UNSUCCESSFUL;
    }
    RtlZeroMemory(Pool, 100);
    ExFreePoolWithTag(Pool, 'dnaH');
    RtlInitUnicodeString(&Name, L"KeIpiGenericCall");
    if (MmGetSystemRoutineAddress(&Name) != (PVOID)(ULONG_PTR)KeIpiGenericCall) {
        return STATUS_UNSUCCESSFUL;
    }
    DbgPrint("%wZ\n", RegistryPath);
    return STATUS_SUCCESS;
}
