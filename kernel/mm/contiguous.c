/* SPDX-License-Identifier: MIT */
/*
 * contiguous.c: memory that is contiguous in physical memory, and noncached memory.
 *
 * What it holds at first is undefined.  There is one node of memory, so
 * preferred nodes mean nothing.
 *
 * References: "MmAllocateContiguousMemory function (wdm.h)",
 * "MmAllocateContiguousMemorySpecifyCache function (wdm.h)",
 * "MmAllocateContiguousNodeMemory function (wdm.h)",
 * "MmAllocateNonCachedMemory function (ntddk.h)".
 */
#include "mapping.h"

#define MI_EXECUTABLE (HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_EXECUTE)

#define MI_INVALID_ADDRESS 0x46 /* BAD_POOL_CALLER, parameter 1 */

/* MiAllocateRun: map a run of pages of its own. */
static PVOID MiAllocateRun(MI_MAPPING *Mapping, ULONG64 Low, ULONG64 End, ULONG64 Boundary,
                           ULONG Protection)
{
    ULONG64 First = Low < End ? MiAllocatePageRun(Mapping->Pages, Low, End - 1, Boundary) : 0;

    if (First == 0) {
        return NULL;
    }
    if (!NT_SUCCESS(HalMapPages(Mapping->Address, First, Mapping->Pages, Protection))) {
        for (SIZE_T Index = 0; Index < Mapping->Pages; Index++) {
            MiFreePage(First + Index * PAGE_SIZE);
        }
        return NULL;
    }
    return Mapping->Address;
}

/* MiAllocateContiguous: what all of these routines do. */
static PVOID MiAllocateContiguous(SIZE_T Bytes, PHYSICAL_ADDRESS Lowest, PHYSICAL_ADDRESS Highest,
                                  PHYSICAL_ADDRESS Boundary, ULONG Protection)
{
    ULONG64 Multiple = (ULONG64)Boundary.QuadPart;
    MI_MAPPING *Mapping;

    if (Bytes == 0 || Bytes > MiEndOfMemory() || (Multiple & (Multiple - 1)) != 0 ||
        (Multiple != 0 && (Multiple < PAGE_SIZE || Bytes > Multiple))) {
        return NULL;
    }
    Mapping = MiReserveMapping(MiMappingContiguous, BYTES_TO_PAGES(Bytes));
    if (Mapping == NULL) {
        return NULL;
    }
    if (MiAllocateRun(Mapping, ROUND_TO_PAGES((ULONG64)Lowest.QuadPart), MiEndOfPages(Highest),
                      Multiple, Protection) == NULL) {
        MiDropMapping(Mapping);
        return NULL;
    }
    MiEnterMapping(Mapping);
    return Mapping->Address;
}

/*
 * MmAllocateContiguousMemory: allocate contiguous, cached, executable memory.
 * => page-aligned; at or below HighestAcceptableAddress; NULL: there is no such run
 * => IRQL <= DISPATCH_LEVEL
 */
PVOID NTAPI MmAllocateContiguousMemory(SIZE_T NumberOfBytes,
                                       PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    const PHYSICAL_ADDRESS Zero = { .QuadPart = 0 };

    return MiAllocateContiguous(NumberOfBytes, Zero, HighestAcceptableAddress, Zero, MI_EXECUTABLE);
}

/*
 * MmAllocateContiguousMemorySpecifyCache: the same with all limits.
 * => BoundaryAddressMultiple: 0, or the power of two whose multiples the memory must not cross
 */
PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes,
                                                   PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                   PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                   PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                   MEMORY_CACHING_TYPE CacheType)
{
    return MiAllocateContiguous(NumberOfBytes, LowestAcceptableAddress, HighestAcceptableAddress,
                                BoundaryAddressMultiple, MI_EXECUTABLE | MiCachingOf(CacheType));
}

/* MmAllocateContiguousMemorySpecifyCacheNode: the same. */
PVOID NTAPI MmAllocateContiguousMemorySpecifyCacheNode(
    SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
    PHYSICAL_ADDRESS HighestAcceptableAddress, PHYSICAL_ADDRESS BoundaryAddressMultiple,
    MEMORY_CACHING_TYPE CacheType, NODE_REQUIREMENT PreferredNode)
{
    UNREFERENCED_PARAMETER(PreferredNode);
    return MiAllocateContiguous(NumberOfBytes, LowestAcceptableAddress, HighestAcceptableAddress,
                                BoundaryAddressMultiple, MI_EXECUTABLE | MiCachingOf(CacheType));
}

/*
 * MmAllocateContiguousNodeMemory: the same with a protection.
 * => NULL also if Protect is neither PAGE_READWRITE nor PAGE_EXECUTE_READWRITE, with PAGE_NOCACHE or
 *    PAGE_WRITECOMBINE or without
 */
PVOID NTAPI MmAllocateContiguousNodeMemory(SIZE_T NumberOfBytes,
                                           PHYSICAL_ADDRESS LowestAcceptableAddress,
                                           PHYSICAL_ADDRESS HighestAcceptableAddress,
                                           PHYSICAL_ADDRESS BoundaryAddressMultiple, ULONG Protect,
                                           NODE_REQUIREMENT PreferredNode)
{
    ULONG Protection;

    UNREFERENCED_PARAMETER(PreferredNode);
    if (!MiProtectionOf(Protect, &Protection) || (Protection & HAL_PAGE_WRITE) == 0) {
        return NULL;
    }
    return MiAllocateContiguous(NumberOfBytes, LowestAcceptableAddress, HighestAcceptableAddress,
                                BoundaryAddressMultiple, Protection);
}

/* MiFreeMapped: free memory that is a mapping of its own; BAD_POOL_CALLER if it is none. */
static VOID MiFreeMapped(MI_MAPPING_KIND Kind, PVOID Address, PVOID Caller)
{
    MI_MAPPING *Mapping = MiTakeMapping(Kind, Address);

    if (Mapping == NULL || Mapping->Address != Address) {
        KiBugCheckText("no contiguous or noncached memory begins at this address: 0x46, the "
                       "address",
                       BAD_POOL_CALLER, MI_INVALID_ADDRESS, (ULONG_PTR)Address, 0, 0,
                       (ULONG64)Caller, NULL);
    }
    MiDecommitPages(Address, Mapping->Pages);
    MiDropMapping(Mapping);
}

/* MmFreeContiguousMemory: free contiguous memory. ["MmFreeContiguousMemory function (wdm.h)"] */
VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress)
{
    MiFreeMapped(MiMappingContiguous, BaseAddress, __builtin_return_address(0));
}

/* MmFreeContiguousMemorySpecifyCache: the same; both other arguments are known. */
VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes,
                                              MEMORY_CACHING_TYPE CacheType)
{
    UNREFERENCED_PARAMETER(NumberOfBytes);
    UNREFERENCED_PARAMETER(CacheType);
    MiFreeMapped(MiMappingContiguous, BaseAddress, __builtin_return_address(0));
}

/*
 * MmAllocateNonCachedMemory: allocate uncached memory, in whole pages.
 * => zeroed; NULL: memory is short.  IRQL <= APC_LEVEL.
 */
PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T NumberOfBytes)
{
    MI_MAPPING *Mapping = NumberOfBytes != 0 && NumberOfBytes <= MiEndOfMemory()
                              ? MiReserveMapping(MiMappingNonCached, BYTES_TO_PAGES(NumberOfBytes))
                              : NULL;

    if (Mapping == NULL) {
        return NULL;
    }
    if (!MiCommitPages(Mapping->Address, Mapping->Pages,
                       HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_UNCACHED)) {
        MiDropMapping(Mapping);
        return NULL;
    }
    MiEnterMapping(Mapping);
    return Mapping->Address;
}

/* MmFreeNonCachedMemory: free it. ["MmFreeNonCachedMemory function (ntddk.h)"] */
VOID NTAPI MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    UNREFERENCED_PARAMETER(NumberOfBytes);
    MiFreeMapped(MiMappingNonCached, BaseAddress, __builtin_return_address(0));
}
