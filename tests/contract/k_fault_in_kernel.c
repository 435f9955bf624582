/* SPDX-License-Identifier: MIT */
/*
 * A wrong address that a driver hands to the kernel at DISPATCH_LEVEL is
 * IRQL_NOT_LESS_OR_EQUAL.
 */
#include "contract.h"

static PUCHAR volatile Nowhere = (PUCHAR)0xFFFFF90000000000ull;
static UCHAR Bytes[16];

/* Imported by hand: the headers make it memcpy. */
NTKERNELAPI SIZE_T NTAPI RtlCompareMemory(const VOID *First, const VOID *Second, SIZE_T Length);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KIRQL Old;

    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    RtlCompareMemory(Nowhere, Bytes, sizeof(Bytes));
    return STATUS_SUCCESS;
}
