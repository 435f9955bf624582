/* SPDX-License-Identifier: MIT */
/*
 * secure.c: user memory whose protection a driver wants to keep.  There is none.
 *
 * References: "MmSecureVirtualMemory function (ntddk.h)", "MmUnsecureVirtualMemory function
 * (ntddk.h)".
 */
#include "mi.h"

/* MmSecureVirtualMemory: => NULL: no user address can be secured.  IRQL <= APC_LEVEL. */
PVOID NTAPI MmSecureVirtualMemory(PVOID Address, SIZE_T Size, ULONG ProbeMode)
{
    UNREFERENCED_PARAMETER(Address);
    UNREFERENCED_PARAMETER(Size);
    UNREFERENCED_PARAMETER(ProbeMode);
    return NULL;
}

/* MmUnsecureVirtualMemory: the end of that, for a handle that nobody can have but NULL. */
VOID NTAPI MmUnsecureVirtualMemory(PVOID SecureHandle)
{
    UNREFERENCED_PARAMETER(SecureHandle);
}
