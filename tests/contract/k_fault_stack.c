/* SPDX-License-Identifier: MIT */
/*
 * A stack that overflows meets its guard page: UNEXPECTED_KERNEL_MODE_TRAP, double fault, and
 * no wedge.
 */
#include "contract.h"

static volatile ULONG Deep = 1;

static ULONG Descend(ULONG Level)
{
    volatile UCHAR Local[256];

    Local[Level % sizeof(Local)] = (UCHAR)Level;
    if (Deep == 0) {
        return Local[0];
    }
    return Descend(Level + 1) + Local[Level % sizeof(Local)];
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return (NTSTATUS)Descend(0);
}
