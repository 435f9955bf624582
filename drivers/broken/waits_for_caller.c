/* SPDX-License-Identifier: MIT */
/*
 * waits_for_caller.c: WRONG: the routine waits for what its caller does after the call (clauses C7
 * and C18).
 *
 * Meant is: hold the other processors, patch, let them go.  But the call
 * returns only when the routine has returned on every processor, and the
 * others wait in it for the flag: nobody will ever set it.
 *
 * allcall reports C18 with the line of the wait, on each processor that is
 * stuck.  Right is to patch inside the routine, on one of the processors, as
 * corral.c does.
 */
#include <ntddk.h>

static volatile LONG Go;
static UCHAR Code[16];

static ULONG_PTR NTAPI Hold(ULONG_PTR Caller)
{
    if (KeGetCurrentProcessorNumberEx(NULL) != Caller) {
        while (!Go) {
            YieldProcessor();
        }
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
    KeIpiGenericCall(Hold, KeGetCurrentProcessorNumberEx(NULL));
    RtlFillMemory(Code, sizeof(Code), 0x90); /* while the others are held */
    InterlockedExchange(&Go, 1);
    DbgPrint("patched: %02x %02x ..\n", Code[0], Code[1]);
    return STATUS_SUCCESS;
}
