/* SPDX-License-Identifier: MIT */
/* mapping.h: memory that is mapped for drivers (mapping.c). */
#pragma once

#include "mi.h"

/* Newer than mingw-w64's DDK. */
#define MI_MAPPING_NO_WRITE   0x80000000u /* MdlMappingNoWrite, with MM_PAGE_PRIORITY */
#define MI_MAPPING_NO_EXECUTE 0x40000000u /* MdlMappingNoExecute */

#define MI_PHYSICAL_LIMIT (1ull << 52) /* no x64 processor has more */

#define SYSTEM_PTE_MISUSE 0xDA

/* "Bug Check 0xDA SYSTEM_PTE_MISUSE", parameter 1 */
#define MI_WRONG_COUNT   0x02
#define MI_WRONG_ADDRESS 0x03
#define MI_NOT_MAPPED    0x06

typedef enum _MI_MAPPING_KIND {
    MiMappingMdl,        /* frames that belong to others */
    MiMappingIoSpace,    /* frames that belong to nobody */
    MiMappingContiguous, /* frames of its own, here and below */
    MiMappingNonCached,
    MiMappingView,       /* of a section */
    MiMappingReserved,   /* addresses only, for MmMapLockedPagesWithReservedMapping */
} MI_MAPPING_KIND;

typedef struct _MI_MAPPING {
    LIST_ENTRY Link;
    PVOID Address; /* of its first page; an unmapped page follows the last */
    SIZE_T Pages;
    MI_MAPPING_KIND Kind;
    ULONG Tag;     /* MiMappingReserved */
    PVOID Owner;   /* MiMappingView: the section */
} MI_MAPPING;

/* A mapping with addresses at which nothing is mapped yet.  => NULL: memory is short. */
MI_MAPPING *MiReserveMapping(MI_MAPPING_KIND Kind, SIZE_T Pages);
/* Give one back at which nothing is mapped any more, and that is not in the list. */
VOID MiDropMapping(MI_MAPPING *Mapping);
VOID MiEnterMapping(MI_MAPPING *Mapping);
/* Take one out of the list by an address of its first page, a view by any.  => NULL: there is none. */
MI_MAPPING *MiTakeMapping(MI_MAPPING_KIND Kind, PVOID Address);
BOOLEAN MiIsMapping(MI_MAPPING_KIND Kind, PVOID Address, SIZE_T *Pages);

/* Map frames one after another.  => FALSE, with nothing mapped: no memory for page tables. */
BOOLEAN MiMapFrames(PVOID Address, const PFN_NUMBER *Frames, SIZE_T Pages, ULONG Protection);
/* Unmap on every processor; the frames are not freed.  IRQL < IPI_LEVEL. */
VOID MiUnmapFrames(PVOID Address, SIZE_T Pages);

BOOLEAN MiProtectionOf(ULONG Protect, ULONG *Protection);
ULONG MiCachingOf(MEMORY_CACHING_TYPE CacheType);
DECLSPEC_NORETURN VOID MiBadMapping(ULONG Kind, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4,
                                    PVOID Caller);

/* physical.c: the last page whose bytes all lie at or below Highest, plus one; as an address */
ULONG64 MiEndOfPages(PHYSICAL_ADDRESS Highest);
ULONG64 MiEndOfMemory(VOID); /* behind the last byte of memory that there is */
/* Is all of it memory that the kernel or its drivers may use?  Not a device's, not the firmware's. */
BOOLEAN MiIsMemory(ULONG64 PhysicalAddress, SIZE_T Bytes);
