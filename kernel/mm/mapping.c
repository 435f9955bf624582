/* SPDX-License-Identifier: MIT */
/*
 * mapping.c: what drivers have had mapped: MDLs, device memory, contiguous and noncached memory.
 *
 * A list with an entry for each mapping tells where it begins and how large it
 * is, since most routines that take one back are given less than that, and
 * finds out those who give back what they do not have.
 *
 * An address that was mapped is used again only after every processor has
 * dropped its translation (memory.c).
 */
#include "mapping.h"
#include "../ex/exp.h"

#define MI_TAG_MAPPING 0x704D6D4Du /* 'MmMp' in memory */

static LIST_ENTRY MiMappings = { &MiMappings, &MiMappings };
static ULONG64 MiMappingLock;

MI_MAPPING *MiReserveMapping(MI_MAPPING_KIND Kind, SIZE_T Pages)
{
    MI_MAPPING *Mapping = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Mapping), MI_TAG_MAPPING);

    if (Mapping == NULL) {
        return NULL;
    }
    Mapping->Kind = Kind;
    Mapping->Pages = Pages;
    Mapping->Address = MiReserveRange(Pages + 1);
    if (Mapping->Address == NULL) {
        ExFreePool(Mapping);
        return NULL;
    }
    return Mapping;
}

VOID MiDropMapping(MI_MAPPING *Mapping)
{
    MiReleaseRange(Mapping->Address, Mapping->Pages + 1);
    ExFreePool(Mapping);
}

VOID MiEnterMapping(MI_MAPPING *Mapping)
{
    BOOLEAN Enabled = KiLockWord(&MiMappingLock);

    InsertHeadList(&MiMappings, &Mapping->Link);
    KiUnlockWord(&MiMappingLock, Enabled);
}

/* MiFindMapping: what begins on that page, or the view around it; the caller holds the lock. */
static MI_MAPPING *MiFindMapping(MI_MAPPING_KIND Kind, PVOID Address)
{
    for (PLIST_ENTRY Link = MiMappings.Flink; Link != &MiMappings; Link = Link->Flink) {
        MI_MAPPING *Mapping = CONTAINING_RECORD(Link, MI_MAPPING, Link);
        SIZE_T Pages = Kind == MiMappingView ? Mapping->Pages : 1;

        if (Mapping->Kind == Kind &&
            (ULONG64)Address - (ULONG64)Mapping->Address < Pages << PAGE_SHIFT) {
            return Mapping;
        }
    }
    return NULL;
}

MI_MAPPING *MiTakeMapping(MI_MAPPING_KIND Kind, PVOID Address)
{
    BOOLEAN Enabled = KiLockWord(&MiMappingLock);
    MI_MAPPING *Mapping = MiFindMapping(Kind, Address);

    if (Mapping != NULL) {
        RemoveEntryList(&Mapping->Link);
    }
    KiUnlockWord(&MiMappingLock, Enabled);
    return Mapping;
}

BOOLEAN MiIsMapping(MI_MAPPING_KIND Kind, PVOID Address, SIZE_T *Pages)
{
    BOOLEAN Enabled = KiLockWord(&MiMappingLock);
    MI_MAPPING *Mapping = MiFindMapping(Kind, Address);

    if (Mapping != NULL) {
        *Pages = Mapping->Pages;
    }
    KiUnlockWord(&MiMappingLock, Enabled);
    return Mapping != NULL;
}

BOOLEAN MiMapFrames(PVOID Address, const PFN_NUMBER *Frames, SIZE_T Pages, ULONG Protection)
{
    for (SIZE_T Index = 0; Index < Pages; Index++) {
        if (!NT_SUCCESS(HalMapPages((PUCHAR)Address + Index * PAGE_SIZE,
                                    (ULONG64)Frames[Index] << PAGE_SHIFT, 1, Protection))) {
            MiUnmapFrames(Address, Index);
            return FALSE;
        }
    }
    return TRUE;
}

VOID MiUnmapFrames(PVOID Address, SIZE_T Pages)
{
    if (Pages != 0) {
        HalUnmapPages(Address, Pages);
        KiFlushEverywhere(Address, Pages);
    }
}

/* MiProtectionOf: a PAGE_* value in the HAL's terms; FALSE: it is none. */
BOOLEAN MiProtectionOf(ULONG Protect, ULONG *Protection)
{
    const ULONG Modifiers = PAGE_NOCACHE | PAGE_WRITECOMBINE | PAGE_GUARD;

    switch (Protect & ~Modifiers) {
    case PAGE_NOACCESS:
        *Protection = 0;
        break;
    case PAGE_READONLY:
        *Protection = HAL_PAGE_READ;
        break;
    case PAGE_READWRITE:
        *Protection = HAL_PAGE_READ | HAL_PAGE_WRITE;
        break;
    case PAGE_EXECUTE:
    case PAGE_EXECUTE_READ:
        *Protection = HAL_PAGE_READ | HAL_PAGE_EXECUTE;
        break;
    case PAGE_EXECUTE_READWRITE:
        *Protection = HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_EXECUTE;
        break;
    default:
        return FALSE;
    }
    if ((Protect & (PAGE_NOCACHE | PAGE_WRITECOMBINE)) != 0) {
        *Protection |= HAL_PAGE_UNCACHED;
    }
    return (Protect & PAGE_GUARD) == 0;
}

/* MiCachingOf: a caching type in the HAL's terms: only MmCached is cached here. */
ULONG MiCachingOf(MEMORY_CACHING_TYPE CacheType)
{
    return CacheType == MmCached ? 0 : HAL_PAGE_UNCACHED;
}

DECLSPEC_NORETURN VOID MiBadMapping(ULONG Kind, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4,
                                    PVOID Caller)
{
    static const CHAR *const Texts[] = {
        [MI_WRONG_COUNT] = "2 = unmapped with a wrong size, the address, pages that are mapped "
                           "there, pages that the driver names",
        [MI_WRONG_ADDRESS] = "3 = unmapped at a wrong address, the MDL, where it is mapped, where "
                             "the driver unmaps it",
        [MI_NOT_MAPPED] = "6 = nothing of the kind is mapped, the MDL (0 = none), the address, "
                          "the number of pages",
    };

    KiBugCheckText(Texts[Kind], SYSTEM_PTE_MISUSE, Kind, P2, P3, P4, (ULONG64)Caller, NULL);
}
