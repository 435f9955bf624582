/* SPDX-License-Identifier: MIT */
/* range.c: virtual addresses for the kernel, out of LOADER_BLOCK's SystemRangeBase and -Size. */
#include "mi.h"
#include "range_map.h"

static MI_RANGE_MAP MiRanges;
static ULONG64 MiRangeLock;
static MI_EXTENT MiFirstExtents[64];

VOID MiInitializeRanges(ULONG64 Base, ULONG64 Size)
{
    MiRangeMapAddNodes(&MiRanges, MiFirstExtents, sizeof(MiFirstExtents));
    MiRangeMapGive(&MiRanges, Base >> PAGE_SHIFT, Size >> PAGE_SHIFT);
}

/*
 * MiReserveRange: take addresses that nothing is mapped at.
 * => Any IRQL.
 */
PVOID MiReserveRange(SIZE_T Pages)
{
    BOOLEAN Enabled = KiLockWord(&MiRangeLock);
    ULONG64 Page = MiRangeMapTake(&MiRanges, Pages);

    KiUnlockWord(&MiRangeLock, Enabled);
    return (PVOID)(Page << PAGE_SHIFT);
}

/* MiAddExtents: supply another page of nodes. */
static BOOLEAN MiAddExtents(VOID)
{
    PVOID Nodes = MmAllocateSystemMemory(PAGE_SIZE);
    BOOLEAN Enabled;

    if (Nodes == NULL) {
        return FALSE;
    }
    Enabled = KiLockWord(&MiRangeLock);
    MiRangeMapAddNodes(&MiRanges, Nodes, PAGE_SIZE);
    KiUnlockWord(&MiRangeLock, Enabled);
    return TRUE;
}

/*
 * MiReleaseRange: give addresses back.
 * => nothing is mapped there, and no processor has a translation.  Any IRQL.
 * => without memory for a node the addresses are lost: there are many more of them than pages
 */
VOID MiReleaseRange(PVOID Address, SIZE_T Pages)
{
    MI_RANGE_STATUS Status;
    BOOLEAN Enabled;

    do {
        Enabled = KiLockWord(&MiRangeLock);
        Status = MiRangeMapGive(&MiRanges, (ULONG64)Address >> PAGE_SHIFT, Pages);
        KiUnlockWord(&MiRangeLock, Enabled);
    } while (Status == MI_RANGE_NO_NODE && MiAddExtents());
    if (Status == MI_RANGE_OVERLAP) {
        KeBugCheckEx(MEMORY_MANAGEMENT, 0x5100, (ULONG_PTR)Address, Pages, 0); /* bitmap corrupt */
    }
}
