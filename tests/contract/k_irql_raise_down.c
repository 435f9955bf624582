/* SPDX-License-Identifier: MIT */
/* To raise to a lower IRQL is IRQL_NOT_GREATER_OR_EQUAL. */
#include "contract.h"

__declspec(dllimport) KIRQL NTAPI ImportedKfRaiseIrql(KIRQL Irql) __asm__("KfRaiseIrql");

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ImportedKfRaiseIrql(5);
    ImportedKfRaiseIrql(4);
    return STATUS_SUCCESS;
}
