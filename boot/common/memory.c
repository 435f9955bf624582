/* SPDX-License-Identifier: MIT */
/*
 * memory.c: the map of physical memory as a sorted array of ranges.
 *
 * Everything is one operation, painting: split the ranges at both ends of the
 * stretch, give each piece inside its new type, join equal neighbours.  The map
 * is small (tens of ranges), so linear searches are good enough.
 */
#include "memory.h"

/* What a page's type becomes, given what it is (0: hole; 0 as a result: leave it a hole). */
typedef uint32_t paint_rule(uint32_t old, uint32_t from, uint32_t to);

static uint64_t range_end(const LOADER_MEMORY *range)
{
    return range->Base + range->Pages * BOOT_PAGE_SIZE;
}

static bool insert(struct memory_map *map, size_t index, uint64_t base, uint64_t end, uint32_t type)
{
    if (map->count == MEMORY_MAP_CAPACITY) {
        return false;
    }
    for (size_t i = map->count; i > index; i--) {
        map->ranges[i] = map->ranges[i - 1];
    }
    map->ranges[index] = (LOADER_MEMORY){base, (end - base) / BOOT_PAGE_SIZE, type, 0};
    map->count++;
    return true;
}

/*
 * split: make address a boundary between ranges, if it lies inside one.
 */
static bool split(struct memory_map *map, uint64_t address)
{
    for (size_t i = 0; i < map->count; i++) {
        LOADER_MEMORY *range = &map->ranges[i];
        uint64_t end = range_end(range);

        if (range->Base < address && address < end) {
            if (!insert(map, i + 1, address, end, range->Type)) {
                return false;
            }
            range->Pages = (address - range->Base) / BOOT_PAGE_SIZE;
            return true;
        }
    }
    return true;
}

/*
 * join: make one range of neighbours of one type.
 */
static void join(struct memory_map *map)
{
    size_t kept = 0;

    for (size_t i = 1; i < map->count; i++) {
        LOADER_MEMORY *last = &map->ranges[kept];

        if (last->Type == map->ranges[i].Type && range_end(last) == map->ranges[i].Base) {
            last->Pages += map->ranges[i].Pages;
        } else {
            map->ranges[++kept] = map->ranges[i];
        }
    }
    map->count = map->count == 0 ? 0 : kept + 1;
}

/*
 * paint: apply a rule to every page from base to end (both page aligned).
 */
static bool paint(struct memory_map *map, uint64_t base, uint64_t end, paint_rule *rule,
                  uint32_t from, uint32_t to)
{
    size_t i = 0;
    uint32_t hole = rule(0, from, to);
    bool complete = split(map, base) && split(map, end);

    while (i < map->count && map->ranges[i].Base < base) {
        i++;
    }
    while (complete && base < end) {
        if (i < map->count && map->ranges[i].Base == base) {
            map->ranges[i].Type = rule(map->ranges[i].Type, from, to);
            base = range_end(&map->ranges[i]);
            i++;
        } else {
            uint64_t next = i < map->count ? map->ranges[i].Base : end;

            next = next < end ? next : end;
            if (hole != 0) {
                complete = insert(map, i, base, next, hole);
                i++;
            }
            base = next;
        }
    }
    join(map);
    return complete;
}

static uint32_t rule_raise(uint32_t old, uint32_t from, uint32_t to)
{
    (void)from;
    return old > to ? old : to;
}

static uint32_t rule_replace(uint32_t old, uint32_t from, uint32_t to)
{
    return old == from ? to : old;
}

/*
 * byte_end: where a range of bytes ends, cut off at the highest physical address.
 */
static uint64_t byte_end(uint64_t base, uint64_t bytes)
{
    if (base >= MEMORY_ADDRESS_LIMIT || bytes >= MEMORY_ADDRESS_LIMIT - base) {
        return MEMORY_ADDRESS_LIMIT;
    }
    return base + bytes;
}

static uint64_t page_down(uint64_t address)
{
    return address & ~(BOOT_PAGE_SIZE - 1);
}

static uint64_t page_up(uint64_t address)
{
    return page_down(address + BOOT_PAGE_SIZE - 1);
}

bool memory_map_add(struct memory_map *map, uint64_t base, uint64_t bytes, uint32_t type)
{
    uint64_t end = byte_end(base, bytes);

    if (base >= end) {
        return true;
    }
    if (type == LoaderMemoryFree) {
        base = page_up(base);
        end = page_down(end);
    } else {
        base = page_down(base);
        end = page_up(end);
    }
    return base >= end || paint(map, base, end, rule_raise, 0, type);
}

bool memory_map_change(struct memory_map *map, uint64_t base, uint64_t bytes, uint32_t from,
                       uint32_t to)
{
    uint64_t end = byte_end(base, bytes);

    return base >= end ||
           paint(map, page_down(base), page_up(end), rule_replace, from, to);
}

uint64_t memory_map_allocate(struct memory_map *map, uint64_t pages, uint64_t floor,
                             uint64_t ceiling, uint32_t type)
{
    /* Address 0 means failure. */
    floor = floor > BOOT_PAGE_SIZE ? floor : BOOT_PAGE_SIZE;
    for (size_t i = 0; i < map->count && pages != 0; i++) {
        const LOADER_MEMORY *range = &map->ranges[i];
        uint64_t base = range->Base > floor ? range->Base : floor;
        uint64_t end = range_end(range) < ceiling ? range_end(range) : ceiling;

        if (range->Type == LoaderMemoryFree && base < end &&
            (end - base) / BOOT_PAGE_SIZE >= pages) {
            return paint(map, base, base + pages * BOOT_PAGE_SIZE, rule_replace,
                         LoaderMemoryFree, type)
                       ? base
                       : 0;
        }
    }
    return 0;
}

void memory_map_release(struct memory_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        if (map->ranges[i].Type == MEMORY_IN_USE) {
            map->ranges[i].Type = LoaderMemoryFree;
        }
    }
    join(map);
}

uint32_t memory_map_type(const struct memory_map *map, uint64_t address)
{
    for (size_t i = 0; i < map->count; i++) {
        if (map->ranges[i].Base <= address && address < range_end(&map->ranges[i])) {
            return map->ranges[i].Type;
        }
    }
    return 0;
}
