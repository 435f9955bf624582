/* SPDX-License-Identifier: MIT */
/*
 * paging.c: the page tables.
 *
 * The top level maps itself in slot LOADER_SELF_MAP_SLOT, so every table of a
 * virtual address lies at a known virtual address: its last-level entry is
 * HALP_TABLE_BASE + 8 * (page number), and the entries above that are the same
 * formula applied to the entry's own address.
 *
 * Who writes what:
 *   => A last-level entry is written by whoever changes that page; callers
 *      serialise changes of one address, so a plain store does.
 *   => An entry that points to a table goes from 0 to its final value by one
 *      compare-exchange and never changes again; tables are never freed.  Of
 *      two processors that need the same table one wins, and the other gives
 *      its page to the next table that it makes (HalpSpareTable).
 *   => A new table must be zero before it can be seen, and it is not mapped
 *      before it can be seen.  It is cleared through a window: one of 512
 *      last-level entries that are claimed by compare-exchange (0 -> page) and
 *      used with interrupts off, so that its user stays on this processor.
 *      The previous translation of a window may still be in this processor's
 *      TLB, hence the invlpg after the claim.  An NMI in between just claims
 *      another window.
 *
 * Entries of pages are made with the accessed and dirty bits set: nobody here
 * reads them, and the processor need not write the table.
 */
#include "halp.h"

#define HALP_TABLE_BASE (0xFFFF000000000000ull | (ULONG64)LOADER_SELF_MAP_SLOT << 39)

#define HALP_PTE_VALID      0x001ull
#define HALP_PTE_WRITE      0x002ull
#define HALP_PTE_UNCACHED   0x018ull /* PCD | PWT: uncached with the default PAT */
#define HALP_PTE_ACCESSED   0x020ull
#define HALP_PTE_DIRTY      0x040ull
#define HALP_PTE_LARGE      0x080ull
#define HALP_PTE_MAPPED     0x200ull /* software: mapped, valid or not */
#define HALP_PTE_ALIAS      0x400ull /* software: HAL_PAGE_ALIAS */
#define HALP_PTE_NO_EXECUTE 0x8000000000000000ull
#define HALP_PTE_ADDRESS    0x000FFFFFFFFFF000ull

#define HALP_PTE_TABLE (HALP_PTE_VALID | HALP_PTE_WRITE | HALP_PTE_ACCESSED)

/* The window's tables, and the windows: the first 2 MiB of the HAL's range. */
static DECLSPEC_ALIGN(4096) ULONG64 HalpRangePdpt[512];
static DECLSPEC_ALIGN(4096) ULONG64 HalpRangeDirectory[512];
static DECLSPEC_ALIGN(4096) ULONG64 HalpWindows[512];

static ULONG64 HalpSpareTable; /* physical address of a table that lost a race, 0 = none */

/* HalpIsCanonical: are the upper 16 bits copies of bit 47?  No other address can be mapped. */
FORCEINLINE BOOLEAN HalpIsCanonical(ULONG64 Address)
{
    return (ULONG64)((LONG64)(Address << 16) >> 16) == Address;
}

FORCEINLINE volatile ULONG64 *HalpEntry(ULONG64 Address)
{
    return (volatile ULONG64 *)(HALP_TABLE_BASE +
                                ((Address & 0x0000FFFFFFFFF000ull) >> HALP_PAGE_SHIFT) * 8);
}

/* HalpRootEntry: => the top-level entry of an address. */
FORCEINLINE volatile ULONG64 *HalpRootEntry(ULONG64 Address)
{
    return HalpEntry((ULONG64)HalpEntry((ULONG64)HalpEntry((ULONG64)HalpEntry(Address))));
}

/* HalpFindEntry: => the last-level (or large) entry of an address and its level; NULL = no table.
 */
static volatile ULONG64 *HalpFindEntry(ULONG64 Address, ULONG *Level)
{
    volatile ULONG64 *entry[4];

    entry[0] = HalpEntry(Address);
    for (ULONG i = 1; i < 4; i++) {
        entry[i] = HalpEntry((ULONG64)entry[i - 1]);
    }
    for (ULONG i = 3; i > 0; i--) {
        if (!(*entry[i] & HALP_PTE_VALID)) {
            return NULL;
        }
        if (i < 3 && (*entry[i] & HALP_PTE_LARGE)) {
            *Level = i;
            return entry[i];
        }
    }
    *Level = 0;
    return entry[0];
}

/* HalpClearPage: zero a page that is mapped nowhere, through a window. */
static VOID HalpClearPage(ULONG64 Page)
{
    const ULONG64 value = Page | HALP_PTE_VALID | HALP_PTE_WRITE | HALP_PTE_ACCESSED |
                          HALP_PTE_DIRTY | HALP_PTE_NO_EXECUTE;
    ULONG64 flags = HalpDisableInterrupts();

    for (ULONG i = 0;; i = (i + 1) % 512) {
        ULONG64 expected = 0;
        if (__atomic_compare_exchange_n(&HalpWindows[i], &expected, value, FALSE, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED)) {
            ULONG64 *window = (ULONG64 *)(LOADER_PC_HAL_RANGE + i * HALP_PAGE_SIZE);
            HalpInvalidatePage((ULONG64)window);
            for (ULONG j = 0; j < 512; j++) {
                __atomic_store_n(&window[j], 0, __ATOMIC_RELAXED);
            }
            /* The zeroes come before the free window and before the table is linked. */
            __atomic_store_n(&HalpWindows[i], 0, __ATOMIC_RELEASE);
            break;
        }
        HalpPause();
    }
    HalpRestoreInterrupts(flags);
}

/* HalpMakeTable: => FALSE: no memory.  The entry points to a table afterwards, whoever made it. */
static BOOLEAN HalpMakeTable(volatile ULONG64 *Entry)
{
    ULONG64 expected = 0;
    ULONG64 page;

    if (*Entry & HALP_PTE_VALID) {
        return TRUE;
    }
    page = __atomic_exchange_n(&HalpSpareTable, 0, __ATOMIC_ACQ_REL);
    if (!page) {
        page = HalpClient->AllocatePage();
        if (!page) {
            return FALSE;
        }
        HalpClearPage(page);
    }
    /* Partner: the processors' table walks. */
    if (!__atomic_compare_exchange_n(Entry, &expected, page | HALP_PTE_TABLE, FALSE,
                                     __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE)) {
        /* Lost.  A page is dropped for good only if two processors lose at the same moment. */
        __atomic_store_n(&HalpSpareTable, page, __ATOMIC_RELEASE);
    }
    return TRUE;
}

/* HalpMakeEntry: => the last-level entry of an address, its tables made; NULL: no memory. */
static volatile ULONG64 *HalpMakeEntry(ULONG64 Address)
{
    volatile ULONG64 *entry = HalpEntry(Address);
    volatile ULONG64 *directory = HalpEntry((ULONG64)entry);
    volatile ULONG64 *pdpt = HalpEntry((ULONG64)directory);
    volatile ULONG64 *root = HalpEntry((ULONG64)pdpt);

    if (!HalpMakeTable(root) || !HalpMakeTable(pdpt) || !HalpMakeTable(directory)) {
        return NULL;
    }
    return entry;
}

static ULONG64 HalpEncode(ULONG64 PhysicalAddress, ULONG Protection)
{
    ULONG64 entry = PhysicalAddress | HALP_PTE_MAPPED | HALP_PTE_ACCESSED | HALP_PTE_DIRTY;

    if (Protection & (HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_EXECUTE)) {
        entry |= HALP_PTE_VALID;
    }
    if (Protection & HAL_PAGE_WRITE) {
        entry |= HALP_PTE_WRITE;
    }
    if (!(Protection & HAL_PAGE_EXECUTE)) {
        entry |= HALP_PTE_NO_EXECUTE;
    }
    if (Protection & HAL_PAGE_UNCACHED) {
        entry |= HALP_PTE_UNCACHED;
    }
    if (Protection & HAL_PAGE_ALIAS) {
        entry |= HALP_PTE_ALIAS;
    }
    return entry;
}

static ULONG HalpDecode(ULONG64 Entry)
{
    ULONG protection = 0;

    if (Entry & HALP_PTE_VALID) {
        protection |= HAL_PAGE_READ;
        if (Entry & HALP_PTE_WRITE) {
            protection |= HAL_PAGE_WRITE;
        }
        if (!(Entry & HALP_PTE_NO_EXECUTE)) {
            protection |= HAL_PAGE_EXECUTE;
        }
    }
    if ((Entry & HALP_PTE_UNCACHED) == HALP_PTE_UNCACHED) {
        protection |= HAL_PAGE_UNCACHED;
    }
    if (Entry & HALP_PTE_ALIAS) {
        protection |= HAL_PAGE_ALIAS;
    }
    return protection;
}

/* HalpPhysicalOf: => where a byte of the HAL's own image is; 0 = nowhere. */
static ULONG64 HalpPhysicalOf(const VOID *Address)
{
    ULONG64 physical = 0;

    HalQueryPage((PVOID)Address, &physical, NULL);
    return physical;
}

/*
 * HalpInitializePaging: link the window's tables, which lie in the HAL's data.
 *
 * => From here on every verb of this file works, if the client gives pages.
 */
VOID HalpInitializePaging(VOID)
{
    volatile ULONG64 *root = HalpRootEntry(LOADER_PC_HAL_RANGE);

    HalpRangeDirectory[0] = HalpPhysicalOf(HalpWindows) | HALP_PTE_TABLE;
    HalpRangePdpt[0] = HalpPhysicalOf(HalpRangeDirectory) | HALP_PTE_TABLE;
    __atomic_store_n(root, HalpPhysicalOf(HalpRangePdpt) | HALP_PTE_TABLE, __ATOMIC_RELEASE);
}

VOID HalpCopyKernelSlots(ULONG64 *Root)
{
    const volatile ULONG64 *kernel = HalpRootEntry(0);

    for (ULONG i = 256; i < 512; i++) {
        Root[i] = kernel[i];
    }
}

/* HalpRemoveLowerHalf: take the boot path's identical mapping away, so that NULL faults. */
VOID HalpRemoveLowerHalf(VOID)
{
    volatile ULONG64 *kernel = HalpRootEntry(0);

    for (ULONG i = 0; i < 256; i++) {
        kernel[i] = 0;
    }
    HalFlushPages(NULL, 512);
}

NTSTATUS HALVERB HalMapPages(PVOID VirtualAddress, ULONG64 PhysicalAddress, SIZE_T Pages,
                             ULONG Protection)
{
    ULONG64 address = (ULONG64)VirtualAddress & ~(HALP_PAGE_SIZE - 1);
    ULONG64 physical = PhysicalAddress & HALP_PTE_ADDRESS;

    for (SIZE_T i = 0; i < Pages; i++) {
        volatile ULONG64 *entry = HalpMakeEntry(address + i * HALP_PAGE_SIZE);
        if (!entry) {
            HalUnmapPages(VirtualAddress, i);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        if (*entry) {
            HalpFatal(MEMORY_MANAGEMENT, address + i * HALP_PAGE_SIZE, *entry, physical, 0);
        }
        __atomic_store_n(entry, HalpEncode(physical + i * HALP_PAGE_SIZE, Protection),
                         __ATOMIC_RELEASE);
    }
    return STATUS_SUCCESS;
}

VOID HALVERB HalUnmapPages(PVOID VirtualAddress, SIZE_T Pages)
{
    ULONG64 address = (ULONG64)VirtualAddress & ~(HALP_PAGE_SIZE - 1);

    for (SIZE_T i = 0; i < Pages; i++, address += HALP_PAGE_SIZE) {
        ULONG level;
        volatile ULONG64 *entry = HalpFindEntry(address, &level);
        if (entry && *entry && level == 0) {
            __atomic_store_n(entry, 0, __ATOMIC_RELEASE);
            HalpInvalidatePage(address);
        }
    }
}

VOID HALVERB HalProtectPages(PVOID VirtualAddress, SIZE_T Pages, ULONG Protection)
{
    ULONG64 address = (ULONG64)VirtualAddress & ~(HALP_PAGE_SIZE - 1);

    for (SIZE_T i = 0; i < Pages; i++, address += HALP_PAGE_SIZE) {
        ULONG level;
        volatile ULONG64 *entry = HalpFindEntry(address, &level);
        if (!entry || !*entry || level != 0) {
            HalpFatal(MEMORY_MANAGEMENT, address, entry ? *entry : 0, Protection, 1);
        }
        __atomic_store_n(entry, HalpEncode(*entry & HALP_PTE_ADDRESS, Protection),
                         __ATOMIC_RELEASE);
        HalpInvalidatePage(address);
    }
}

BOOLEAN HALVERB HalQueryPage(PVOID VirtualAddress, PULONG64 PhysicalAddress, PULONG Protection)
{
    ULONG64 address = (ULONG64)VirtualAddress;
    ULONG64 offset;
    ULONG level;
    volatile ULONG64 *entry = HalpIsCanonical(address) ? HalpFindEntry(address, &level) : NULL;
    ULONG64 value = entry ? *entry : 0;

    if (!(value & (HALP_PTE_VALID | HALP_PTE_MAPPED))) {
        return FALSE;
    }
    offset = (HALP_PAGE_SIZE << (9 * level)) - 1;
    if (PhysicalAddress) {
        *PhysicalAddress = (value & HALP_PTE_ADDRESS & ~offset) | (address & offset);
    }
    if (Protection) {
        *Protection = HalpDecode(value);
    }
    return TRUE;
}

/* HalpTableOf: => where the table is to which the entry of that level points (3 = top level). */
static ULONG64 HalpTableOf(ULONG64 Address, ULONG Level)
{
    while (Level-- > 0) {
        Address = (ULONG64)HalpEntry(Address);
    }
    return Address;
}

/*
 * HalpSearch: look for a page among what a table maps, and among the tables themselves.
 * => Table: of that level (3 = top level), Address: what its entry First maps; 0 = not there
 */
static ULONG64 HalpSearch(ULONG64 Address, ULONG Level, ULONG First, ULONG64 Page)
{
    volatile ULONG64 *table = (volatile ULONG64 *)HalpTableOf(Address, Level + 1) - First;
    ULONG64 step = HALP_PAGE_SIZE << (9 * Level);

    for (ULONG i = First; i < 512; i++, Address += step) {
        ULONG64 value = table[i], found = 0;
        if (!(value & (HALP_PTE_VALID | HALP_PTE_MAPPED)) || (value & HALP_PTE_ALIAS)) {
            continue;
        }
        if (Level == 0 || (value & HALP_PTE_LARGE)) {
            if (Page - (value & HALP_PTE_ADDRESS & ~(step - 1)) < step) {
                return Address + (Page & (step - 1));
            }
        } else if ((value & HALP_PTE_ADDRESS) == Page) {
            return HalpTableOf(Address, Level);
        } else if (Level < 3 || i != LOADER_SELF_MAP_SLOT) {
            found = HalpSearch(Address, Level - 1, 0, Page);
        }
        if (found) {
            return found;
        }
    }
    return 0;
}

PVOID HALVERB HalFindPage(ULONG64 PhysicalAddress)
{
    return (PVOID)HalpSearch(0xFFFF800000000000ull, 3, 256, PhysicalAddress & HALP_PTE_ADDRESS);
}

VOID HALVERB HalFlushPages(PVOID VirtualAddress, SIZE_T Pages)
{
    ULONG64 address = (ULONG64)VirtualAddress & ~(HALP_PAGE_SIZE - 1);

    for (SIZE_T i = 0; i < Pages; i++) {
        HalpInvalidatePage(address + i * HALP_PAGE_SIZE);
    }
}

/* No entry is made global, so a load of CR3 drops them all. */
VOID HALVERB HalFlushAll(VOID)
{
    HalpWriteCr3(HalpReadCr3());
}
