/* SPDX-License-Identifier: MIT */
/* address.c: questions about addresses, and where the user's end and the system's begin. */
#include "mi.h"

/* As on x64: 47 bits for the user, without the last 64 KiB. */
PVOID MmHighestUserAddress = (PVOID)0x00007FFFFFFEFFFF;
ULONG64 MmUserProbeAddress = 0x00007FFFFFFF0000;
PVOID MmSystemRangeStart = (PVOID)0xFFFF800000000000;

/*
 * MmIsAddressValid: would reading this byte not fault?
 * ["MmIsAddressValid function (ntddk.h)"]
 * => true at this moment only.  Any IRQL: nothing is paged.
 */
BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress)
{
    ULONG Protection;

    return HalQueryPage(VirtualAddress, NULL, &Protection) && (Protection & HAL_PAGE_READ) != 0;
}

/*
 * MmIsNonPagedSystemAddressValid: the same for resident system memory, which all of it is.
 * ["MmIsNonPagedSystemAddressValid function (ntddk.h)"]
 */
BOOLEAN NTAPI MmIsNonPagedSystemAddressValid(PVOID VirtualAddress)
{
    return VirtualAddress >= MmSystemRangeStart && MmIsAddressValid(VirtualAddress);
}

/*
 * MmGetPhysicalAddress: the physical address of a byte.
 * ["MmGetPhysicalAddress function (ntddk.h)"]
 * => 0 if it is not mapped.  Any IRQL.
 */
PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress)
{
    PHYSICAL_ADDRESS Physical = { .QuadPart = 0 };
    ULONG64 Address;

    if (HalQueryPage(BaseAddress, &Address, NULL)) {
        Physical.QuadPart = (LONGLONG)Address;
    }
    return Physical;
}
