/* SPDX-License-Identifier: MIT */
/*
 * io_space.c: system addresses for physical ones.
 *
 * References: "MmMapIoSpace function (wdm.h)", "MmMapIoSpaceEx function
 * (wdm.h)", "MmUnmapIoSpace function (wdm.h)".
 */
#include "mapping.h"

/* MiMapIoSpace: map physical addresses; NULL: memory is short, or they cannot be. */
static PVOID MiMapIoSpace(ULONG64 Physical, SIZE_T Bytes, ULONG Protection)
{
    ULONG64 Offset = Physical & (PAGE_SIZE - 1);
    MI_MAPPING *Mapping;

    if (Bytes == 0 || Physical >= MI_PHYSICAL_LIMIT || Bytes > MI_PHYSICAL_LIMIT - Physical) {
        return NULL;
    }
    Mapping = MiReserveMapping(MiMappingIoSpace, BYTES_TO_PAGES(Offset + Bytes));
    if (Mapping == NULL) {
        return NULL;
    }
    if (!NT_SUCCESS(HalMapPages(Mapping->Address, Physical - Offset, Mapping->Pages,
                                Protection | HAL_PAGE_ALIAS))) {
        MiDropMapping(Mapping);
        return NULL;
    }
    MiEnterMapping(Mapping);
    return (PUCHAR)Mapping->Address + Offset;
}

/*
 * MmMapIoSpace: map physical memory, a device's or any other.
 * => NULL: memory is short.  IRQL <= DISPATCH_LEVEL.
 */
PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                         MEMORY_CACHING_TYPE CacheType)
{
    return MiMapIoSpace((ULONG64)PhysicalAddress.QuadPart, NumberOfBytes,
                        HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_EXECUTE | MiCachingOf(CacheType));
}

/* MmMapIoSpaceEx: the same with a protection (PAGE_*); NULL also if it is none. */
PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, ULONG Protect)
{
    ULONG Protection;

    if (!MiProtectionOf(Protect, &Protection) || Protection == 0) {
        return NULL;
    }
    return MiMapIoSpace((ULONG64)PhysicalAddress.QuadPart, NumberOfBytes, Protection);
}

/*
 * MmUnmapIoSpace: undo that.
 * => SYSTEM_PTE_MISUSE if nothing is mapped there, or another number of pages
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    SIZE_T Pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES((ULONG_PTR)BaseAddress, NumberOfBytes);
    MI_MAPPING *Mapping = MiTakeMapping(MiMappingIoSpace, BaseAddress);

    if (Mapping == NULL) {
        MiBadMapping(MI_NOT_MAPPED, 0, (ULONG_PTR)BaseAddress, Pages, __builtin_return_address(0));
    }
    if (Mapping->Pages != Pages) {
        MiBadMapping(MI_WRONG_COUNT, (ULONG_PTR)BaseAddress, Mapping->Pages, Pages,
                     __builtin_return_address(0));
    }
    MiUnmapFrames(Mapping->Address, Pages);
    MiDropMapping(Mapping);
}
