/* SPDX-License-Identifier: MIT */
/*
 * mdl_pages.c: pages without an address: an MDL that owns them.
 *
 * References: "MmAllocatePagesForMdlEx function (wdm.h)", "MmFreePagesFromMdl
 * function (wdm.h)".
 */
#include "mapping.h"
#include "mdl.h"
#include "../ex/exp.h"

#define MI_TAG_MDL 0x6C644D4Du /* 'MMdl' in memory */

typedef struct _MI_WANTED {
    PPFN_NUMBER Frames;
    SIZE_T Count; /* so far */
    SIZE_T Limit;
    BOOLEAN Whole; /* the runs between Low and High must be as long as asked for */
} MI_WANTED;

/*
 * MiTakeFrames: take pages between Low and End, in runs as long as can be.
 * => one pass over the memory for each length: what lies before At has no such run
 */
static VOID MiTakeFrames(MI_WANTED *Wanted, ULONG64 Low, ULONG64 End, SIZE_T Run)
{
    ULONG64 At = Low;

    while (Run != 0 && Wanted->Count < Wanted->Limit) {
        ULONG64 First;

        Run = Run < Wanted->Limit - Wanted->Count ? Run : Wanted->Limit - Wanted->Count;
        First = At < End ? MiAllocatePageRun(Run, At, End - 1, 0) : 0;
        if (First == 0) {
            Run = Wanted->Whole ? 0 : Run / 2;
            At = Low;
            continue;
        }
        At = First + (Run << PAGE_SHIFT);
        for (SIZE_T Index = 0; Index < Run; Index++) {
            Wanted->Frames[Wanted->Count++] = (First >> PAGE_SHIFT) + Index;
        }
    }
}

/*
 * MiZeroFrames: fill pages with zeros, through a mapping for the moment.
 * => FALSE: no memory for it
 */
static BOOLEAN MiZeroFrames(const PFN_NUMBER *Frames, SIZE_T Pages)
{
    MI_MAPPING *Window = MiReserveMapping(MiMappingMdl, Pages);
    BOOLEAN Done;

    if (Window == NULL) {
        return FALSE;
    }
    Done = MiMapFrames(Window->Address, Frames, Pages,
                       HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_ALIAS);
    if (Done) {
        memset(Window->Address, 0, Pages * PAGE_SIZE);
        MiUnmapFrames(Window->Address, Pages);
    }
    MiDropMapping(Window);
    return Done;
}

static VOID MiFreeFrames(const PFN_NUMBER *Frames, SIZE_T Pages)
{
    while (Pages-- != 0) {
        MiFreePage((ULONG64)Frames[Pages] << PAGE_SHIFT);
    }
}

/* MiFillMdl: get an MDL its pages; what SkipBytes means is on the reference page. */
static SIZE_T MiFillMdl(PMDL Mdl, SIZE_T Pages, ULONG64 Low, ULONG64 End, ULONG64 Skip, ULONG Flags)
{
    BOOLEAN Chunks = (Flags & MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS) != 0;
    MI_WANTED Wanted = { MmGetMdlPfnArray(Mdl), 0, Pages, Chunks };
    SIZE_T Run = Chunks && Skip != 0 ? (SIZE_T)(Skip >> PAGE_SHIFT) : Pages;

    if (Chunks || Skip == 0) {
        MiTakeFrames(&Wanted, Low, End, Run);
    } else {
        for (; Wanted.Count < Pages && Low < End && Low < MiEndOfMemory();
             Low += Skip, End += Skip) {
            MiTakeFrames(&Wanted, Low, End, Run);
        }
    }
    return Wanted.Count;
}

/* MiAllocateMdl: MmAllocatePagesForMdlEx, when its arguments make sense. */
static PMDL MiAllocateMdl(SIZE_T Pages, ULONG64 Low, ULONG64 End, ULONG64 Skip, ULONG Flags)
{
    PMDL Mdl;
    SIZE_T Got;

    if ((Flags & MM_ALLOCATE_FULLY_REQUIRED) != 0 && Pages > MiQueryFreePages()) {
        return NULL; /* at once, without taking from others what will not do */
    }
    Mdl = ExAllocatePoolZero(NonPagedPoolNx, MmSizeOfMdl(NULL, Pages << PAGE_SHIFT), MI_TAG_MDL);
    if (Mdl == NULL) {
        return NULL;
    }
    Got = MiFillMdl(Mdl, Pages, Low, End, Skip, Flags);
    if (Got == 0 || (Got < Pages && (Flags & MM_ALLOCATE_FULLY_REQUIRED) != 0) ||
        ((Flags & MM_DONT_ZERO_ALLOCATION) == 0 && !MiZeroFrames(MmGetMdlPfnArray(Mdl), Got))) {
        MiFreeFrames(MmGetMdlPfnArray(Mdl), Got);
        ExFreePool(Mdl);
        return NULL;
    }
    Mdl->Size = (CSHORT)MmSizeOfMdl(NULL, Pages << PAGE_SHIFT);
    Mdl->ByteCount = (ULONG)(Got << PAGE_SHIFT);
    Mdl->MdlFlags = MDL_PAGES_LOCKED;
    return Mdl;
}

/*
 * MmAllocatePagesForMdlEx: allocate pages, which need neither be neighbours nor have an address.
 * => zeroed unless MM_DONT_ZERO_ALLOCATION
 * => NULL: there are none; without MM_ALLOCATE_FULLY_REQUIRED there may be fewer than asked for
 * => the caller gives back the pages by MmFreePagesFromMdl, then the MDL by ExFreePool
 * => IRQL <= DISPATCH_LEVEL
 */
PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                   PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
                                   MEMORY_CACHING_TYPE CacheType, ULONG Flags)
{
    ULONG64 Low = ROUND_TO_PAGES((ULONG64)LowAddress.QuadPart), End = MiEndOfPages(HighAddress);

    UNREFERENCED_PARAMETER(CacheType);
    if (TotalBytes == 0 || TotalBytes > MAXULONG - (PAGE_SIZE - 1) || Low >= End ||
        ((ULONG64)SkipBytes.QuadPart & (PAGE_SIZE - 1)) != 0) {
        return NULL;
    }
    return MiAllocateMdl(BYTES_TO_PAGES(TotalBytes), Low, End, (ULONG64)SkipBytes.QuadPart, Flags);
}

/* MmAllocatePagesForMdl: the same, cached. ["MmAllocatePagesForMdl function (wdm.h)"] */
PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                 PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes)
{
    return MmAllocatePagesForMdlEx(LowAddress, HighAddress, SkipBytes, TotalBytes, MmCached, 0);
}

/*
 * MmFreePagesFromMdl: give the pages back.
 * => SYSTEM_PTE_MISUSE if they are still mapped; PFN_LIST_CORRUPT if they are free already
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI MmFreePagesFromMdl(PMDLX MemoryDescriptorList)
{
    PMDL Mdl = MemoryDescriptorList;

    if ((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0) {
        KiBugCheckText("1 = pages are freed that their MDL still has mapped, where, the MDL, its "
                       "flags",
                       SYSTEM_PTE_MISUSE, 1, (ULONG_PTR)Mdl->MappedSystemVa, (ULONG_PTR)Mdl,
                       (USHORT)Mdl->MdlFlags, (ULONG64)__builtin_return_address(0), NULL);
    }
    MiFreeFrames(MmGetMdlPfnArray(Mdl), MiMdlPages(Mdl));
    Mdl->MdlFlags &= ~MDL_PAGES_LOCKED;
    Mdl->ByteCount = 0;
}
