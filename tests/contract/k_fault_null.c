/* SPDX-License-Identifier: MIT */
/*
 * A NULL pointer below DISPATCH_LEVEL is an access violation that nobody handles:
 * KMODE_EXCEPTION_NOT_HANDLED.
 */
#include "contract.h"

static PULONG volatile Nowhere;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    *Nowhere = 1;
    return STATUS_SUCCESS;
}
