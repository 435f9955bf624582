/* SPDX-License-Identifier: MIT */
/*
 * A call to an address that has lost its upper 16 bits is an access violation there, though what
 * is left of it is mapped.
 */
#include "contract.h"

/* 0xFFFFF80200000000 is ntoskrnl.exe. */
static VOID (*volatile Nowhere)(VOID) = (VOID(*)(VOID))0x0000F80200000000ull;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(!MmIsAddressValid((PVOID)(ULONG_PTR)0x0000F80200000000ull));
    Nowhere();
    return STATUS_SUCCESS;
}
