/* SPDX-License-Identifier: MIT */
/* A function of such a driver that writes past its buffer is KERNEL_SECURITY_CHECK_FAILURE, kind 2.
 */
#include "../contract.h"

static volatile ULONG Length = 80;

static __attribute__((noinline)) ULONG Overrun(ULONG Count)
{
    volatile UCHAR Buffer[64];
    ULONG Sum = 0;

    for (ULONG Index = 0; Index < Count; Index++) {
        Buffer[Index] = (UCHAR)Index;
    }
    for (ULONG Index = 0; Index < sizeof(Buffer); Index++) {
        Sum += Buffer[Index];
    }
    return Sum;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return Overrun(Length) == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
