/* SPDX-License-Identifier: MIT */
/* An unwind to a frame that does not exist is STATUS_INVALID_UNWIND_TARGET. */
#include "../contract.h"

NTSYSAPI VOID NTAPI RtlUnwind(PVOID TargetFrame, PVOID TargetIp, PEXCEPTION_RECORD ExceptionRecord,
                              PVOID ReturnValue);

static VOID Nowhere(VOID)
{
    DbgPrint("reached\n");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PUCHAR Frame = __builtin_frame_address(0);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    RtlUnwind(Frame + 1, (PVOID)(ULONG_PTR)Nowhere, NULL, NULL);
    return STATUS_SUCCESS;
}
