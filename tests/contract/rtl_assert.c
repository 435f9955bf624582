/* SPDX-License-Identifier: MIT */
/* RtlAssert prints what has failed and where, and breaks. */
#include "contract.h"

NTSYSAPI VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    RtlAssert("One == Two", "file.c", 12, NULL);
    return STATUS_SUCCESS;
}
