/* SPDX-License-Identifier: MIT */
/*
 * A message is cut at 512 bytes, prefix included, also one that a width or precision makes
 * longer.
 */
#include "contract.h"

static CHAR Long[1200];

static ULONG PrintVia(PCSTR Prefix, PCSTR Format, ...)
{
    va_list Arguments;
    ULONG Status;

    va_start(Arguments, Format);
    Status = Prefix == NULL
                 ? vDbgPrintEx(DPFLTR_IHVDRIVER_ID, 0, Format, Arguments)
                 : vDbgPrintExWithPrefix(Prefix, DPFLTR_IHVDRIVER_ID, 0, Format, Arguments);
    va_end(Arguments);
    return Status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    RtlFillMemory(Long, sizeof(Long) - 1, 'L');
    DbgPrint("%s\n", Long); /* 512 bytes, so no end of line */
    DbgPrint("|\n");
    CHECK_EQUAL(PrintVia(NULL, "via %s\n", "vDbgPrintEx"), STATUS_SUCCESS);
    CHECK_EQUAL(PrintVia("prefix: ", "%d\n", 3), STATUS_SUCCESS);
    CHECK_EQUAL(PrintVia(Long, "%d\n", 4), STATUS_SUCCESS);
    DbgPrint("|\n%600d", 5);
    DbgPrint("|\n%.600d", 6);
    DbgPrint("|\n");
    return CONTRACT_RESULT();
}
