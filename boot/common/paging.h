/* SPDX-License-Identifier: MIT */
/*
 * paging.h: builds the page tables that the kernel starts on.
 *
 * Four levels, 4 KiB leaves only, the top level mapped into itself at
 * LOADER_SELF_MAP_SLOT.  Tables are reached through boot_pointer; nothing here
 * touches a processor register.
 */
#pragma once

#include <stdint.h>

#include "memory.h"

#define PAGE_WRITE   0x1u
#define PAGE_EXECUTE 0x2u /* never together with PAGE_WRITE */

enum paging_status {
    PAGING_DONE,
    PAGING_NO_MEMORY,
    PAGING_MAPPED_ALREADY,
    PAGING_BAD_REQUEST, /* not canonical or aligned, or writable and executable */
};

struct page_tables {
    struct memory_map *memory; /* where tables come from */
    uint64_t floor, ceiling;   /* and between which addresses */
    uint64_t root;             /* physical address of the top level */
};

/*
 * paging_create: make an empty set of tables with its self-map.
 */
enum paging_status paging_create(struct page_tables *tables, struct memory_map *memory,
                                 uint64_t floor, uint64_t ceiling);

/*
 * paging_map: map contiguous physical pages readable, and as protection says.
 * => on failure some of the pages are mapped
 */
enum paging_status paging_map(struct page_tables *tables, uint64_t address, uint64_t physical,
                              uint64_t pages, uint32_t protection);
