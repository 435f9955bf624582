/* SPDX-License-Identifier: MIT */
/*
 * mdl_map.c: system addresses for the pages of an MDL.
 *
 * The mapping is writable and, as the page says, executable unless the caller
 * asks for less (MdlMappingNoWrite, MdlMappingNoExecute): that is how drivers
 * write to memory that they may only read, their code for example.
 *
 * References: "MmMapLockedPagesSpecifyCache function (wdm.h)",
 * "MmUnmapLockedPages function (wdm.h)", "MmProtectMdlSystemAddress function
 * (wdm.h)", "MmMapLockedPagesWithReservedMapping function (wdm.h)", "Bug Check
 * 0xDA SYSTEM_PTE_MISUSE".
 */
#include "mapping.h"
#include "mdl.h"

#define MI_MAPPABLE \
    (MDL_PAGES_LOCKED | MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL | MDL_IO_SPACE)

/* MiCheckMappable: stop who maps an MDL that describes no pages, or is mapped. */
static VOID MiCheckMappable(const MDL *Mdl, PVOID Caller)
{
    if ((Mdl->MdlFlags & MI_MAPPABLE) == 0) {
        KiBugCheckText("an MDL is mapped that is neither locked nor built: 6 = it cannot be "
                       "mapped, the MDL, its buffer, its flags",
                       SYSTEM_PTE_MISUSE, MI_NOT_MAPPED, (ULONG_PTR)Mdl,
                       (ULONG_PTR)MmGetMdlVirtualAddress(Mdl), (USHORT)Mdl->MdlFlags,
                       (ULONG64)Caller, NULL);
    }
    if ((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0) {
        KiBugCheckText("1 = an MDL is mapped that is mapped already, where, the MDL, its flags",
                       SYSTEM_PTE_MISUSE, 1, (ULONG_PTR)Mdl->MappedSystemVa, (ULONG_PTR)Mdl,
                       (USHORT)Mdl->MdlFlags, (ULONG64)Caller, NULL);
    }
}

/* MiMapMdl: map an MDL's pages at such addresses; its flags say so afterwards. */
static PVOID MiMapMdl(PMDL Mdl, PVOID Address, ULONG Protection)
{
    if (!MiMapFrames(Address, MmGetMdlPfnArray(Mdl), MiMdlPages(Mdl),
                     Protection | HAL_PAGE_ALIAS)) {
        return NULL;
    }
    Mdl->MappedSystemVa = (PUCHAR)Address + Mdl->ByteOffset;
    Mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA |
                     ((Mdl->MdlFlags & MDL_PARTIAL) != 0 ? MDL_PARTIAL_HAS_BEEN_MAPPED : 0);
    return Mdl->MappedSystemVa;
}

/* MiMapLocked: MmMapLockedPagesSpecifyCache for the kernel. */
static PVOID MiMapLocked(PMDL Mdl, ULONG Protection)
{
    MI_MAPPING *Mapping = MiReserveMapping(MiMappingMdl, MiMdlPages(Mdl));

    if (Mapping == NULL) {
        return NULL;
    }
    if (MiMapMdl(Mdl, Mapping->Address, Protection) == NULL) {
        MiDropMapping(Mapping);
        return NULL;
    }
    MiEnterMapping(Mapping);
    return Mdl->MappedSystemVa;
}

/*
 * MmMapLockedPagesSpecifyCache: map the pages of an MDL.
 * => NULL if memory is short; for a user always an exception: nothing is mapped in user space here
 * => BugCheckOnFailure: then a bug check, as on Windows
 * => IRQL <= DISPATCH_LEVEL
 */
PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDLX MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                         MEMORY_CACHING_TYPE CacheType, PVOID BaseAddress,
                                         ULONG BugCheckOnFailure, MM_PAGE_PRIORITY Priority)
{
    ULONG Protection = HAL_PAGE_READ | MiCachingOf(CacheType);
    PVOID Address;

    UNREFERENCED_PARAMETER(BaseAddress);
    if (AccessMode != KernelMode) {
        KiRaiseStatus(STATUS_INVALID_ADDRESS, __builtin_return_address(0));
    }
    MiCheckMappable(MemoryDescriptorList, __builtin_return_address(0));
    Protection |= ((ULONG)Priority & MI_MAPPING_NO_WRITE) == 0 ? HAL_PAGE_WRITE : 0;
    Protection |= ((ULONG)Priority & MI_MAPPING_NO_EXECUTE) == 0 ? HAL_PAGE_EXECUTE : 0;
    Address = MiMapLocked(MemoryDescriptorList, Protection);
    if (Address == NULL && BugCheckOnFailure != 0) {
        KeBugCheckEx(NO_MORE_SYSTEM_PTES, 0, MiMdlPages(MemoryDescriptorList), 0, 0);
    }
    return Address;
}

/* MmMapLockedPages: the same, cached, and a bug check if memory is short. */
PVOID NTAPI MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode)
{
    return MmMapLockedPagesSpecifyCache(MemoryDescriptorList, AccessMode, MmCached, NULL, TRUE,
                                        HighPagePriority);
}

/* MiUnmapMdl: unmap an MDL; its flags say so afterwards. */
static VOID MiUnmapMdl(PMDL Mdl, PVOID Address, SIZE_T Pages)
{
    MiUnmapFrames(PAGE_ALIGN(Address), Pages);
    Mdl->MdlFlags &= ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
    Mdl->MappedSystemVa = NULL;
}

/*
 * MmUnmapLockedPages: undo MmMapLockedPagesSpecifyCache.
 * => SYSTEM_PTE_MISUSE if the MDL is not mapped, or not there
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList)
{
    PMDL Mdl = MemoryDescriptorList;
    SIZE_T Pages = MiMdlPages(Mdl);
    MI_MAPPING *Mapping;

    if ((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) == 0) {
        MiBadMapping(MI_NOT_MAPPED, (ULONG_PTR)Mdl, (ULONG_PTR)BaseAddress, Pages,
                     __builtin_return_address(0));
    }
    Mapping = MiTakeMapping(MiMappingMdl, BaseAddress);
    if (Mapping == NULL || BaseAddress != Mdl->MappedSystemVa) {
        MiBadMapping(MI_WRONG_ADDRESS, (ULONG_PTR)Mdl, (ULONG_PTR)Mdl->MappedSystemVa,
                     (ULONG_PTR)BaseAddress, __builtin_return_address(0));
    }
    MiUnmapMdl(Mdl, BaseAddress, Mapping->Pages);
    MiDropMapping(Mapping);
}

/*
 * MmProtectMdlSystemAddress: change what the mapping of an MDL may be used for.
 * => STATUS_NOT_MAPPED_VIEW: it is not mapped; STATUS_INVALID_PAGE_PROTECTION
 * => IRQL <= APC_LEVEL
 */
NTSTATUS NTAPI MmProtectMdlSystemAddress(PMDL MemoryDescriptorList, ULONG NewProtect)
{
    PMDL Mdl = MemoryDescriptorList;
    ULONG Protection, Before = 0;
    PVOID Address = PAGE_ALIGN(Mdl->MappedSystemVa);
    SIZE_T Pages = MiMdlPages(Mdl);

    if (!MiProtectionOf(NewProtect, &Protection)) {
        return STATUS_INVALID_PAGE_PROTECTION;
    }
    if ((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) == 0 || !HalQueryPage(Address, NULL, &Before)) {
        return STATUS_NOT_MAPPED_VIEW;
    }
    HalProtectPages(Address, Pages, Protection | (Before & HAL_PAGE_UNCACHED) | HAL_PAGE_ALIAS);
    KiFlushEverywhere(Address, Pages);
    return STATUS_SUCCESS;
}

/*
 * MmAllocateMappingAddress: reserve addresses for later mappings.
 * ["MmAllocateMappingAddress function (wdm.h)"]
 * => NULL: memory is short.  IRQL <= APC_LEVEL.
 */
PVOID NTAPI MmAllocateMappingAddress(SIZE_T NumberOfBytes, ULONG PoolTag)
{
    SIZE_T Pages = BYTES_TO_PAGES(NumberOfBytes);
    MI_MAPPING *Mapping = Pages != 0 ? MiReserveMapping(MiMappingReserved, Pages) : NULL;

    if (Mapping == NULL) {
        return NULL;
    }
    Mapping->Tag = PoolTag;
    MiEnterMapping(Mapping);
    return Mapping->Address;
}

/*
 * MmFreeMappingAddress: give reserved addresses back.
 * ["MmFreeMappingAddress function (wdm.h)"]
 * => SYSTEM_PTE_MISUSE if they are none, have another tag, or something is mapped there
 */
VOID NTAPI MmFreeMappingAddress(PVOID BaseAddress, ULONG PoolTag)
{
    MI_MAPPING *Mapping = MiTakeMapping(MiMappingReserved, BaseAddress);

    if (Mapping == NULL || Mapping->Tag != PoolTag || MmIsAddressValid(Mapping->Address)) {
        MiBadMapping(MI_NOT_MAPPED, 0, (ULONG_PTR)BaseAddress, 0, __builtin_return_address(0));
    }
    MiDropMapping(Mapping);
}

/*
 * MmMapLockedPagesWithReservedMapping: map an MDL at reserved addresses.
 * => NULL if they are too few; IRQL <= DISPATCH_LEVEL
 */
PVOID NTAPI MmMapLockedPagesWithReservedMapping(PVOID MappingAddress, ULONG PoolTag,
                                                PMDL MemoryDescriptorList,
                                                MEMORY_CACHING_TYPE CacheType)
{
    SIZE_T Pages = 0;

    UNREFERENCED_PARAMETER(PoolTag);
    MiCheckMappable(MemoryDescriptorList, __builtin_return_address(0));
    if (!MiIsMapping(MiMappingReserved, MappingAddress, &Pages)) {
        MiBadMapping(MI_NOT_MAPPED, (ULONG_PTR)MemoryDescriptorList, (ULONG_PTR)MappingAddress, 0,
                     __builtin_return_address(0));
    }
    if (MiMdlPages(MemoryDescriptorList) > Pages) {
        return NULL;
    }
    return MiMapMdl(MemoryDescriptorList, PAGE_ALIGN(MappingAddress),
                    HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_EXECUTE | MiCachingOf(CacheType));
}

/* MmUnmapReservedMapping: undo that. ["MmUnmapReservedMapping function (wdm.h)"] */
VOID NTAPI MmUnmapReservedMapping(PVOID BaseAddress, ULONG PoolTag, PMDL MemoryDescriptorList)
{
    UNREFERENCED_PARAMETER(PoolTag);
    if ((MemoryDescriptorList->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) == 0 ||
        PAGE_ALIGN(MemoryDescriptorList->MappedSystemVa) != PAGE_ALIGN(BaseAddress)) {
        MiBadMapping(MI_NOT_MAPPED, (ULONG_PTR)MemoryDescriptorList, (ULONG_PTR)BaseAddress, 0,
                     __builtin_return_address(0));
    }
    MiUnmapMdl(MemoryDescriptorList, BaseAddress, MiMdlPages(MemoryDescriptorList));
}
