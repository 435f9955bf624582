/* SPDX-License-Identifier: MIT */
/*
 * memory.h: the map of physical memory, and the page allocator on top of it.
 *
 * A boot path adds what its firmware reports, in any order and with overlaps,
 * and marks what it still needs itself as MEMORY_IN_USE.  Common code allocates
 * by turning free pages into LoaderMemoryLoaded ones.  At the end what is in
 * use becomes free, and the map is the kernel's memory list.
 *
 * Pages that no range covers are holes; only memory_map_add fills them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader.h"

#define BOOT_PAGE_SIZE       4096ull
#define MEMORY_MAP_CAPACITY  512u
#define MEMORY_ADDRESS_LIMIT (1ull << 52) /* x86-64: physical addresses have 52 bits */

/* Free for the kernel, but still read by the boot code; never in the kernel's list. */
#define MEMORY_IN_USE 0x100u

/* Ascending, disjoint; neighbours of one type are one range. */
struct memory_map {
    size_t count;
    LOADER_MEMORY ranges[MEMORY_MAP_CAPACITY];
};

/*
 * What lies between an address in physical memory and a pointer to it: nothing
 * on a machine, since every boot path runs on identical mappings of what common
 * code touches.  In a process that fills the memory of a simulated machine
 * (BOOT_WINDOW) it is where that process has it.
 */
#ifdef BOOT_WINDOW
extern _Thread_local uintptr_t boot_window;
#else
#define boot_window ((uintptr_t)0)
#endif

/*
 * boot_pointer: reach physical memory.
 */
static inline void *boot_pointer(uint64_t physical)
{
    return (void *)(boot_window + physical);
}

/*
 * boot_physical: the physical address of what boot_pointer reaches.
 */
static inline uint64_t boot_physical(const void *pointer)
{
    return (uintptr_t)pointer - boot_window;
}

/*
 * boot_page_count: number of pages that hold this many bytes.
 */
static inline uint64_t boot_page_count(uint64_t bytes)
{
    return bytes / BOOT_PAGE_SIZE + (bytes % BOOT_PAGE_SIZE != 0);
}

/*
 * memory_map_add: add a range that the firmware reports.
 * => free memory shrinks to whole pages, everything else grows to them
 * => where ranges overlap the higher LOADER_MEMORY_TYPE wins
 * => bytes above MEMORY_ADDRESS_LIMIT are ignored
 * => false: the map is full
 */
bool memory_map_add(struct memory_map *map, uint64_t base, uint64_t bytes, uint32_t type);

/*
 * memory_map_change: turn pages of one type into another, leave all others alone.
 * => every page that the bytes touch
 * => false: the map is full
 */
bool memory_map_change(struct memory_map *map, uint64_t base, uint64_t bytes, uint32_t from,
                       uint32_t to);

/*
 * memory_map_allocate: take the lowest run of free pages.
 * => floor, ceiling: the run lies in between; both page aligned
 * => type: what the pages become
 * => its physical address, contents undefined; 0: there is no such run, or the map is full
 */
uint64_t memory_map_allocate(struct memory_map *map, uint64_t pages, uint64_t floor,
                             uint64_t ceiling, uint32_t type);

/*
 * memory_map_release: the boot code is done: what is in use becomes free.
 */
void memory_map_release(struct memory_map *map);

/*
 * memory_map_type: the type of the page at an address, 0 in a hole.
 */
uint32_t memory_map_type(const struct memory_map *map, uint64_t address);
