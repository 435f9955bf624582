/* SPDX-License-Identifier: MIT */
/*
 * paging.c: routines about what is paged out and when, of a kernel that pages nothing out.
 *
 * A section is named by the base of its image, which is what "handle" means here.
 *
 * References: "MmLockPagableDataSection function (ntddk.h)",
 * "MmUnlockPagableImageSection function (ntddk.h)", "MmPageEntireDriver
 * function (ntddk.h)", "MmQuerySystemSize function (ntddk.h)".
 */
#include "mi.h"

/* MmLockPagableDataSection: make a section resident.  => its handle */
PVOID NTAPI MmLockPagableDataSection(PVOID AddressWithinSection)
{
    return MmFindImage(AddressWithinSection);
}

/* MmLockPagableSectionByHandle: again. */
VOID NTAPI MmLockPagableSectionByHandle(PVOID ImageSectionHandle)
{
    UNREFERENCED_PARAMETER(ImageSectionHandle);
}

/* MmUnlockPagableImageSection: undo that. */
VOID NTAPI MmUnlockPagableImageSection(PVOID ImageSectionHandle)
{
    UNREFERENCED_PARAMETER(ImageSectionHandle);
}

/* MmPageEntireDriver: let all of a driver be paged.  => its base, NULL: no driver */
PVOID NTAPI MmPageEntireDriver(PVOID AddressWithinSection)
{
    return MmFindImage(AddressWithinSection);
}

/* MmResetDriverPaging: undo that. */
VOID NTAPI MmResetDriverPaging(PVOID AddressWithinSection)
{
    UNREFERENCED_PARAMETER(AddressWithinSection);
}

/* MmQuerySystemSize: how much memory there is, roughly.  Two gigabytes at most: medium. */
MM_SYSTEMSIZE NTAPI MmQuerySystemSize(VOID)
{
    return MmMediumSystem;
}

/* MmIsThisAnNtAsSystem: a server?  A workstation, as RtlGetVersion says. */
BOOLEAN NTAPI MmIsThisAnNtAsSystem(VOID)
{
    return FALSE;
}
