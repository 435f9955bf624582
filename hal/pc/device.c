/* SPDX-License-Identifier: MIT */
/*
 * device.c: the HAL's own mappings of physical memory: device registers and
 * firmware tables, in LOADER_PC_HAL_RANGE behind the windows of paging.c.
 *
 * Addresses are handed out once and never again (the range has 512 GiB), so
 * that no processor can hold a stale translation of a new mapping.
 */
#include "halp.h"

static ULONG64 HalpNextDevice = LOADER_PC_HAL_RANGE + 512 * HALP_PAGE_SIZE;

/*
 * HalpPhysicalLimit: the first physical address that the processor cannot have.
 *
 * A processor without leaf 0x80000008 answers it with the data of another leaf; it has 36 bits.
 */
static ULONG64 HalpPhysicalLimit(VOID)
{
    const BOOLEAN said = HalpCpuid(0x80000000).Eax >= 0x80000008;

    return 1ull << (said ? HalpCpuid(0x80000008).Eax & 0xFF : 36);
}

/*
 * HalpMapPhysical: map physical memory for the HAL.
 *
 * => NULL: no memory for page tables, or no such physical address.
 */
PVOID HalpMapPhysical(ULONG64 PhysicalAddress, SIZE_T Bytes, ULONG Protection)
{
    const ULONG64 offset = PhysicalAddress & (HALP_PAGE_SIZE - 1);
    const SIZE_T pages = (offset + Bytes + HALP_PAGE_SIZE - 1) >> HALP_PAGE_SHIFT;
    const ULONG64 limit = HalpPhysicalLimit();
    ULONG64 address;

    if (!Bytes || PhysicalAddress >= limit || Bytes > limit - PhysicalAddress) {
        return NULL;
    }
    address = __atomic_fetch_add(&HalpNextDevice, pages * HALP_PAGE_SIZE, __ATOMIC_RELAXED);
    if (!NT_SUCCESS(HalMapPages((PVOID)address, PhysicalAddress - offset, pages, Protection))) {
        return NULL;
    }
    return (PVOID)(address + offset);
}

VOID HalpUnmapPhysical(PVOID Address, SIZE_T Bytes)
{
    const ULONG64 offset = (ULONG64)Address & (HALP_PAGE_SIZE - 1);

    HalUnmapPages(Address, (offset + Bytes + HALP_PAGE_SIZE - 1) >> HALP_PAGE_SHIFT);
}
