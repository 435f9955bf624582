/* SPDX-License-Identifier: MIT */
/*
 * for_each_processor.c: a helper around the call, as many code bases write one.
 *
 * The context lies on the caller's stack: the call returns only after every
 * processor has finished, so that is safe.  The function's results are
 * gathered by an interlocked OR, the only kind of sharing that a routine may do.
 */
#include <ntddk.h>

typedef LONG(NTAPI *PROCESSOR_FUNCTION)(ULONG Index, PVOID Argument);

typedef struct _FOR_EACH {
    PROCESSOR_FUNCTION Function;
    PVOID Argument;
    volatile LONG Results;
} FOR_EACH;

static ULONG_PTR NTAPI Trampoline(ULONG_PTR Context)
{
    FOR_EACH *Each = (FOR_EACH *)Context;

    InterlockedOr(&Each->Results, Each->Function(KeGetCurrentProcessorNumberEx(NULL), Each->Argument));
    return 0;
}

/* ForEachProcessor: run Function on every processor at once; returns the OR of what it returned. */
static LONG ForEachProcessor(PROCESSOR_FUNCTION Function, PVOID Argument)
{
    FOR_EACH Each = {Function, Argument, 0};

    KeIpiGenericCall(Trampoline, (ULONG_PTR)&Each);
    return Each.Results;
}

/* An example: which of the first 32 processors has interrupts enabled and IRQL 14? */
static LONG NTAPI Probe(ULONG Index, PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    return KeGetCurrentIrql() == IPI_LEVEL && Index < 32 ? (LONG)(1u << Index) : 0;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    DbgPrint("processors at IPI_LEVEL in the routine: 0x%lx\n", ForEachProcessor(Probe, NULL));
    return STATUS_SUCCESS;
}
