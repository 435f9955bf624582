/* SPDX-License-Identifier: MIT */
/* To lower to a higher IRQL is IRQL_NOT_LESS_OR_EQUAL. */
#include "contract.h"

__declspec(dllimport) VOID NTAPI ImportedKeLowerIrql(KIRQL Irql) __asm__("KeLowerIrql");

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ImportedKeLowerIrql(APC_LEVEL);
    return STATUS_SUCCESS;
}
