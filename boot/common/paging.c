/* SPDX-License-Identifier: MIT */
/*
 * paging.c: the page tables of x86-64, four levels of 512 entries.
 *
 * Protection is in the leaves alone: upper entries allow everything, but for
 * the self-map's, which forbids execution of all that is seen through it.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Paging".
 */
#include "paging.h"

#include <string.h>

#define ENTRY_PRESENT    0x1ull
#define ENTRY_WRITE      0x2ull
#define ENTRY_ACCESSED   0x20ull
#define ENTRY_DIRTY      0x40ull
#define ENTRY_NO_EXECUTE (1ull << 63)
#define ENTRY_ADDRESS    0x000FFFFFFFFFF000ull

/*
 * Nobody reads the accessed and dirty bits: they are set, so that no processor has to set them.
 * A table's entry is a leaf, too: of the self-map.
 */
#define ENTRY_TABLE (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_ACCESSED | ENTRY_DIRTY)

#define LEVELS          4
#define ENTRIES         512u
#define LEAF_SHIFT      12
#define BITS_PER_LEVEL  9

static uint64_t new_table(struct page_tables *tables)
{
    uint64_t table = memory_map_allocate(tables->memory, 1, tables->floor, tables->ceiling,
                                         LoaderMemoryLoaded);

    if (table != 0) {
        memset(boot_pointer(table), 0, BOOT_PAGE_SIZE);
    }
    return table;
}

/*
 * leaf_of: find the leaf entry for an address, making the tables above it.
 * => NULL: no memory for a table
 */
static uint64_t *leaf_of(struct page_tables *tables, uint64_t address)
{
    uint64_t *table = boot_pointer(tables->root);

    for (int level = LEVELS - 1; level > 0; level--) {
        unsigned index = address >> (LEAF_SHIFT + BITS_PER_LEVEL * level) & (ENTRIES - 1);

        if (table[index] == 0) {
            uint64_t next = new_table(tables);

            if (next == 0) {
                return NULL;
            }
            table[index] = next | ENTRY_TABLE;
        }
        table = boot_pointer(table[index] & ENTRY_ADDRESS);
    }
    return &table[address >> LEAF_SHIFT & (ENTRIES - 1)];
}

/*
 * is_canonical: do bits 63 to 47 agree, and is this not the self-map's slot?
 */
static bool is_canonical(uint64_t address)
{
    uint64_t upper = address >> 47;

    return (upper == 0 || upper == 0x1FFFF) && (address >> 39 & 0x1FF) != LOADER_SELF_MAP_SLOT;
}

enum paging_status paging_create(struct page_tables *tables, struct memory_map *memory,
                                 uint64_t floor, uint64_t ceiling)
{
    uint64_t *root;

    *tables = (struct page_tables){memory, floor, ceiling, 0};
    tables->root = new_table(tables);
    if (tables->root == 0) {
        return PAGING_NO_MEMORY;
    }
    root = boot_pointer(tables->root);
    root[LOADER_SELF_MAP_SLOT] = tables->root | ENTRY_TABLE | ENTRY_NO_EXECUTE;
    return PAGING_DONE;
}

enum paging_status paging_map(struct page_tables *tables, uint64_t address, uint64_t physical,
                              uint64_t pages, uint32_t protection)
{
    uint64_t flags = ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_DIRTY;

    if ((protection & PAGE_WRITE) != 0) {
        flags |= ENTRY_WRITE;
    }
    if ((protection & PAGE_EXECUTE) == 0) {
        flags |= ENTRY_NO_EXECUTE;
    } else if ((protection & PAGE_WRITE) != 0) {
        return PAGING_BAD_REQUEST;
    }
    for (uint64_t page = 0; page < pages; page++) {
        uint64_t at = address + page * BOOT_PAGE_SIZE;
        uint64_t to = physical + page * BOOT_PAGE_SIZE;
        uint64_t *leaf;

        if (!is_canonical(at) || at % BOOT_PAGE_SIZE != 0 || (to & ~ENTRY_ADDRESS) != 0) {
            return PAGING_BAD_REQUEST;
        }
        leaf = leaf_of(tables, at);
        if (leaf == NULL) {
            return PAGING_NO_MEMORY;
        }
        if (*leaf != 0) {
            return PAGING_MAPPED_ALREADY;
        }
        *leaf = to | flags;
    }
    return PAGING_DONE;
}
