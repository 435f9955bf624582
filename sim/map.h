/* SPDX-License-Identifier: MIT */
/*
 * map.h: small numbers by 64-bit keys, forgotten all at once in no time.
 *
 * Open addressing with linear probing; a slot counts only if it carries the
 * map's present age, so that map_clear need not touch the slots.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct map_slot {
    uint64_t key;
    uint32_t value;
    uint32_t age; /* 0: never used */
};

struct map {
    struct map_slot *slots; /* a power of two of them */
    uint32_t room, count, limit;
    uint32_t age;
};

/* map_create: => false: no memory.  It never holds more than limit keys. */
bool map_create(struct map *map, uint32_t limit);
void map_destroy(struct map *map);
void map_clear(struct map *map);
/* map_get: => where the value of a key is, until the next change; NULL: there is none */
uint32_t *map_get(const struct map *map, uint64_t key);
/* map_put: => where the value of a key is, 0 for a new one; NULL: the map is full, or no memory */
uint32_t *map_put(struct map *map, uint64_t key);
void map_remove(struct map *map, uint64_t key);
