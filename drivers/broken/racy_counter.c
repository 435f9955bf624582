/* SPDX-License-Identifier: MIT */
/*
 * racy_counter.c: WRONG: the routine counts with a plain ++ (a data race).
 *
 * The idiom of feature detection: how many processors can do it?  But all of
 * them run the routine at the same instant, and ++ is a load, an addition and a
 * store, whatever volatile says: what one stores, another one overwrites.
 *
 *   processor 0: load 0         add   store 1
 *   processor 1:         load 0   add         store 1
 *
 * allcall reports the race with both lines, also where the count came out
 * right.  Right is InterlockedIncrement.
 */
#include <ntddk.h>

#define CPUID_CX16 (1 << 13) /* leaf 1, ecx */

static volatile LONG Able;

static ULONG_PTR NTAPI AskProcessor(ULONG_PTR Feature)
{
    int Cpuid[4];

    __cpuid(Cpuid, 1);
    if ((Cpuid[2] & (int)Feature) == (int)Feature) {
        Able++;
    }
    return 0;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    KeIpiGenericCall(AskProcessor, CPUID_CX16);
    DbgPrint("%ld of %lu processors have cmpxchg16b\n", Able,
             KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS));
    return STATUS_SUCCESS;
}
