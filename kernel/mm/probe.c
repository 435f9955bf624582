/* SPDX-License-Identifier: MIT */
/*
 * probe.c: is a buffer one that a user process may name?
 *
 * There are no user processes here, but drivers ask about addresses that they
 * were given, inside __try: what lies outside the user's part of the address
 * space is an exception, and so is what is not there when it is touched.
 */
#include "mi.h"

/* MiProbe: raise an exception unless a buffer is aligned and in the user's part. */
static VOID MiProbe(ULONG64 Address, SIZE_T Length, ULONG Alignment)
{
    if ((Address & (Alignment - 1)) != 0) {
        ExRaiseDatatypeMisalignment();
    }
    if (Address + Length < Address || Address + Length > MmUserProbeAddress) {
        ExRaiseAccessViolation();
    }
}

/*
 * ProbeForRead: raise an exception unless a buffer is aligned and in the user's part of the address
 * space.
 *
 * => Nothing is touched; a buffer of no bytes is always right.
 * => IRQL <= APC_LEVEL.
 * => Reference: "ProbeForRead function (wdm.h)".
 */
VOID NTAPI ProbeForRead(CONST VOID *Address, SIZE_T Length, ULONG Alignment)
{
    if (Length != 0) {
        MiProbe((ULONG64)Address, Length, Alignment);
    }
}

/*
 * ProbeForWrite: the same for a buffer that is to be written, of which each page is written to.
 *
 * => Its contents are kept.
 * => IRQL <= APC_LEVEL.
 * => Reference: "ProbeForWrite function (wdm.h)".
 */
VOID NTAPI ProbeForWrite(PVOID Address, SIZE_T Length, ULONG Alignment)
{
    ULONG64 Page = (ULONG64)Address;

    if (Length == 0) {
        return;
    }
    MiProbe(Page, Length, Alignment);
    do {
        __atomic_fetch_or((UCHAR *)Page, 0, __ATOMIC_RELAXED);
        Page = (Page | (PAGE_SIZE - 1)) + 1;
    } while (Page < (ULONG64)Address + Length);
}
