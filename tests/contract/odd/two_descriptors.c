/* SPDX-License-Identifier: MIT */
/*
 * A driver with two import descriptors for one DLL, one of them in an odd case, and two for
 * HAL.dll, finds every name, also one that it asks of the other DLL than the one that holds it.
 */
#include <ntddk.h>

static volatile LONG Ran;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    InterlockedIncrement(&Ran);
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER Frequency;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Routine, 0);                               /* NtOsKrnl.EXE */
    KeStallExecutionProcessor(1);                               /* HAL.dll, which forwards it */
    KeQueryPerformanceCounter(&Frequency);                      /* hal.DLL */
    if (Ran != KeNumberProcessors || Frequency.QuadPart == 0) { /* ntoskrnl.exe */
        return STATUS_UNSUCCESSFUL;
    }
    return READ_PORT_UCHAR((PUCHAR)0x61) == 0xFF ? STATUS_UNSUCCESSFUL
                                                 : STATUS_SUCCESS; /* HAL.dll */
}
