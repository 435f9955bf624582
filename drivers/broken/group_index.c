/* SPDX-License-Identifier: MIT */
/*
 * group_index.c: WRONG: a processor's number in its group is taken for its index (a data race).
 *
 * PROCESSOR_NUMBER.Number begins at 0 in every group.  Where there is more than
 * one, processors of different groups write the same slot, at the same instant,
 * and other slots stay empty.  With one group nothing is wrong.
 *
 * allcall reports the race on the slot in a machine with groups
 * (--group-size 2), and the driver finds slots empty.  Right is what
 * KeGetCurrentProcessorNumberEx returns.
 */
#include <ntddk.h>

#define MAXIMUM 256

static ULONG64 Stacks[MAXIMUM]; /* of each processor, never 0 */

static ULONG_PTR NTAPI NoteStack(ULONG_PTR Context)
{
    PROCESSOR_NUMBER Processor;

    KeGetCurrentProcessorNumberEx(&Processor);
    Stacks[Processor.Number] = (ULONG64)&Processor;
    return Context;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = min(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS), MAXIMUM);

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    KeIpiGenericCall(NoteStack, 0);
    for (ULONG Index = 0; Index < Count; Index++) {
        if (Stacks[Index] == 0) {
            DbgPrint("processor %lu of %lu has not said where its stack is\n", Index, Count);
            return STATUS_UNSUCCESSFUL;
        }
    }
    return STATUS_SUCCESS;
}
