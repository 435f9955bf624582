/* SPDX-License-Identifier: MIT */
/*
 * page.c: physical pages.
 *
 * The first mebibyte is left alone: a PC's HAL starts processors there, and
 * firmware is careless about it.
 */
#include "mi.h"
#include "page_map.h"

#define MI_LOWEST_PAGE 0x100

static MI_PAGE_MAP MiPages;
static ULONG64 MiPageLock;

/*
 * MmInitializePages: make MmAllocatePage work.
 * => before anything else, HalInitializeEarly included
 */
VOID MmInitializePages(const LOADER_BLOCK *Block)
{
    MiPageMapInitialize(&MiPages, (const LOADER_MEMORY *)Block->Memory, Block->MemoryCount,
                        MI_LOWEST_PAGE);
}

/*
 * MmAllocatePage: take a page.
 * => its physical address, 0 if there is none; the page is not zeroed.  Any IRQL.
 */
ULONG64 NTAPI MmAllocatePage(VOID)
{
    BOOLEAN Enabled = KiLockWord(&MiPageLock);
    ULONG64 Page = MiPageMapTake(&MiPages);

    KiUnlockWord(&MiPageLock, Enabled);
    return Page == MI_NO_PAGE ? 0 : Page << PAGE_SHIFT;
}

ULONG64 MiAllocatePageRun(SIZE_T Pages, ULONG64 Lowest, ULONG64 Highest, ULONG64 Boundary)
{
    BOOLEAN Enabled = KiLockWord(&MiPageLock);
    ULONG64 Page = MiPageMapTakeRun(&MiPages, Pages, Lowest >> PAGE_SHIFT, Highest >> PAGE_SHIFT,
                                    Boundary >> PAGE_SHIFT);

    KiUnlockWord(&MiPageLock, Enabled);
    return Page == MI_NO_PAGE ? 0 : Page << PAGE_SHIFT;
}

const LOADER_MEMORY *MiQueryMemory(ULONG *Count)
{
    *Count = MiPages.MemoryCount;
    return MiPages.Memory;
}

/* MiQueryFreePages: how many pages are free, at this moment. */
ULONG64 MiQueryFreePages(VOID)
{
    return KiLoadRelaxed(&MiPages.FreeCount);
}

/*
 * MiFreePage: give a page back.
 * => no processor has a translation to it
 */
VOID MiFreePage(ULONG64 PhysicalAddress)
{
    BOOLEAN Enabled = KiLockWord(&MiPageLock);
    BOOLEAN Given = MiPageMapGive(&MiPages, PhysicalAddress >> PAGE_SHIFT);

    KiUnlockWord(&MiPageLock, Enabled);
    if (!Given) {
        KeBugCheckEx(PFN_LIST_CORRUPT, 0x99, PhysicalAddress >> PAGE_SHIFT, 0, 0);
    }
}

VOID MiInitializePageBitmap(VOID)
{
    PVOID Bitmap = MmAllocateSystemMemory(MiPageMapBitmapSize(&MiPages));

    if (Bitmap == NULL) {
        KeBugCheckEx(MEMORY1_INITIALIZATION_FAILED, MiPages.BitCount, 0, 0, 0);
    }
    MiPageMapAttach(&MiPages, Bitmap);
}
