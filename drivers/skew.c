/* SPDX-License-Identifier: MIT */
/*
 * skew.c: how far apart do the processors start, and how far do their clocks differ?
 *
 * Every processor notes its time-stamp counter as the first thing in the
 * routine; the spread over many calls bounds both.
 */
#include <ntddk.h>

#define CALLS   100
#define MAXIMUM 256

static ULONG64 Started[MAXIMUM];

static ULONG_PTR NTAPI NoteTime(ULONG_PTR Argument)
{
    ULONG64 Now = __rdtsc();
    ULONG Index = KeGetCurrentProcessorNumberEx(NULL);

    if (Index < MAXIMUM) {
        Started[Index] = Now;
    }
    return Argument;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = min(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS), MAXIMUM);
    ULONG64 Least = MAXULONG64, Most = 0, Sum = 0;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    for (ULONG Call = 0; Call < CALLS; Call++) {
        ULONG64 First = MAXULONG64, Last = 0;

        KeIpiGenericCall(NoteTime, 0);
        for (ULONG Index = 0; Index < Count; Index++) {
            First = min(First, Started[Index]);
            Last = max(Last, Started[Index]);
        }
        Least = min(Least, Last - First);
        Most = max(Most, Last - First);
        Sum += Last - First;
    }
    DbgPrint("%lu processors, %u calls: the starts lie %I64u to %I64u counts apart, %I64u on average\n",
             Count, CALLS, Least, Most, Sum / CALLS);
    return STATUS_SUCCESS;
}
