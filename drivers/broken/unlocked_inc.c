/* SPDX-License-Identifier: MIT */
/*
 * unlocked_inc.c: WRONG: the routine counts with one instruction, but without its lock prefix (a
 * data race).
 *
 * "A single instruction cannot be interrupted" is true, and no help against
 * another processor, which reads the memory between this one's read and its
 * write.  The driver relies on the count to know that every processor has
 * come, and fails where it is short.
 *
 * allcall reports the race, and shows schedules in which a processor is lost.
 * Right is InterlockedIncrement, which is the same instruction with lock.
 */
#include <ntddk.h>

static volatile LONG Arrived;

static inline void Increment(volatile LONG *Count)
{
    __asm__ volatile("incl %0" : "+m"(*Count) : : "cc");
}

static ULONG_PTR NTAPI Serialize(ULONG_PTR Context)
{
    int Cpuid[4];

    __cpuid(Cpuid, 0);
    Increment(&Arrived);
    return Context;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LONG Count = (LONG)KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    KeIpiGenericCall(Serialize, 0);
    if (Arrived != Count) {
        DbgPrint("only %ld of %ld processors were serialized\n", Arrived, Count);
        return STATUS_UNSUCCESSFUL;
    }
    return STATUS_SUCCESS;
}
