/* SPDX-License-Identifier: MIT */
/* Without a debugger DbgBreakPoint and DbgBreakPointWithStatus are exceptions that nobody handles. */
#include "contract.h"

NTSYSAPI VOID NTAPI DbgBreakPointWithStatus(ULONG Status);
static volatile BOOLEAN Plain = TRUE;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (Plain) {
        DbgBreakPoint();
    }
    DbgBreakPointWithStatus(DBG_STATUS_CONTROL_C);
    KeBugCheck(MANUALLY_INITIATED_CRASH);
}
