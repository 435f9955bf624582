/* SPDX-License-Identifier: MIT */
/*
 * memory.c: resident memory of the kernel, in whole pages.
 *
 * A range is followed by a page that stays unmapped, so that code that runs
 * off its end faults there instead of writing to its neighbour.
 *
 * Memory is given back in this order: unmap, drop the translations of every
 * processor, then free the pages and the addresses.  A page or address that is
 * free is therefore in no TLB.
 */
#include "mi.h"

#define MI_BATCH 128 /* pages per flush */

VOID MmInitSystem(LOADER_BLOCK *Block)
{
    MiInitializeRanges(Block->SystemRangeBase, Block->SystemRangeSize);
    MiInitializePageBitmap();
    MiInitializeModules(Block);
    MiInitializeImages();
}

/* MiFlush: drop translations; before there are active processors only this one has any. */
static VOID MiFlush(PVOID Address, SIZE_T Pages)
{
    /* Partner: KiJoinCalls; a processor that joins later has not used the range. */
    if (KiLoadAcquire(&KiActiveSet.Count) != 0) {
        KiFlushEverywhere(Address, Pages);
    }
}

/*
 * MiDecommitPages: unmap a range on every processor and free its pages.
 * => parts of it may be unmapped already.  IRQL < IPI_LEVEL.
 */
VOID MiDecommitPages(PVOID Address, SIZE_T Pages)
{
    ULONG64 Physical[MI_BATCH];
    PUCHAR At = Address;

    while (Pages != 0) {
        SIZE_T Batch = Pages < MI_BATCH ? Pages : MI_BATCH;
        ULONG Count = 0;

        for (SIZE_T Index = 0; Index < Batch; Index++) {
            if (HalQueryPage(At + Index * PAGE_SIZE, &Physical[Count], NULL)) {
                HalUnmapPages(At + Index * PAGE_SIZE, 1);
                Count++;
            }
        }
        if (Count != 0) {
            MiFlush(At, Batch);
        }
        while (Count != 0) {
            MiFreePage(Physical[--Count] & ~(ULONG64)(PAGE_SIZE - 1));
        }
        At += Batch * PAGE_SIZE;
        Pages -= Batch;
    }
}

/* MiCommitPage: map one new page, which has old contents. */
static BOOLEAN MiCommitPage(PVOID Address, ULONG Protection)
{
    ULONG64 Physical = MmAllocatePage();

    if (Physical == 0) {
        return FALSE;
    }
    if (!NT_SUCCESS(HalMapPages(Address, Physical, 1, Protection))) {
        MiFreePage(Physical);
        return FALSE;
    }
    return TRUE;
}

/*
 * MiCommitPages: map new zeroed pages.
 * => Protection: HAL_PAGE_*, writable.  It holds from the beginning: a processor may fetch a
 *    translation before anybody uses it, so one that gains a right later would have to be flushed
 *    everywhere
 * => FALSE, with nothing mapped: memory is short
 */
BOOLEAN MiCommitPages(PVOID Address, SIZE_T Pages, ULONG Protection)
{
    PUCHAR At = Address;

    if (Pages > MiQueryFreePages()) {
        return FALSE; /* at once, without taking from others what will not do */
    }
    for (SIZE_T Index = 0; Index < Pages; Index++) {
        if (!MiCommitPage(At + Index * PAGE_SIZE, Protection)) {
            MiDecommitPages(Address, Index);
            return FALSE;
        }
    }
    memset(Address, 0, Pages * PAGE_SIZE);
    return TRUE;
}

/*
 * MmAllocateSystemMemoryEx: allocate zeroed resident memory.
 * => Bytes is rounded up to pages; Protection: HAL_PAGE_*, writable
 * => NULL if memory is short or Bytes is 0.  Any IRQL.
 */
PVOID MmAllocateSystemMemoryEx(SIZE_T Bytes, ULONG Protection)
{
    SIZE_T Pages = (Bytes >> PAGE_SHIFT) + ((Bytes & (PAGE_SIZE - 1)) != 0);
    PVOID Address = Pages != 0 ? MiReserveRange(Pages + 1) : NULL;

    if (Address == NULL) {
        return NULL;
    }
    if (!MiCommitPages(Address, Pages, Protection)) {
        MiReleaseRange(Address, Pages + 1);
        return NULL;
    }
    return Address;
}

PVOID NTAPI MmAllocateSystemMemory(SIZE_T Bytes)
{
    return MmAllocateSystemMemoryEx(Bytes, HAL_PAGE_READ | HAL_PAGE_WRITE);
}

/*
 * MmFreeSystemMemory: free what MmAllocateSystemMemory(Ex) returned.
 * => Bytes: as allocated.  IRQL < IPI_LEVEL.
 */
VOID MmFreeSystemMemory(PVOID Address, SIZE_T Bytes)
{
    SIZE_T Pages = (Bytes >> PAGE_SHIFT) + ((Bytes & (PAGE_SIZE - 1)) != 0);

    MiDecommitPages(Address, Pages);
    MiReleaseRange(Address, Pages + 1);
}
