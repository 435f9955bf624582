/* SPDX-License-Identifier: MIT */
/* map.c: small numbers by 64-bit keys. */
#include "map.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_ROOM 64u

static uint32_t home(const struct map *map, uint64_t key)
{
    return (uint32_t)((key * 0x9E3779B97F4A7C15ull) >> 32) & (map->room - 1);
}

static bool is_used(const struct map *map, uint32_t at)
{
    return map->slots[at].age == map->age;
}

/* seek: => the key's slot, or the free one where it belongs */
static uint32_t seek(const struct map *map, uint64_t key)
{
    uint32_t at = home(map, key);

    while (is_used(map, at) && map->slots[at].key != key) {
        at = (at + 1) & (map->room - 1);
    }
    return at;
}

bool map_create(struct map *map, uint32_t limit)
{
    *map = (struct map){ .room = LEAST_ROOM, .limit = limit, .age = 1 };
    map->slots = calloc(map->room, sizeof(*map->slots));
    return map->slots != NULL;
}

void map_destroy(struct map *map)
{
    free(map->slots);
    *map = (struct map){ .slots = NULL };
}

void map_clear(struct map *map)
{
    map->count = 0;
    if (++map->age == 0) {
        memset(map->slots, 0, map->room * sizeof(*map->slots));
        map->age = 1;
    }
}

uint32_t *map_get(const struct map *map, uint64_t key)
{
    const uint32_t at = seek(map, key);

    return is_used(map, at) ? &map->slots[at].value : NULL;
}

static bool grow(struct map *map)
{
    struct map larger = *map;

    larger.room = 2 * map->room;
    larger.slots = calloc(larger.room, sizeof(*larger.slots));
    if (larger.slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < map->room; i++) {
        if (is_used(map, i)) {
            larger.slots[seek(&larger, map->slots[i].key)] = map->slots[i];
        }
    }
    free(map->slots);
    *map = larger;
    return true;
}

uint32_t *map_put(struct map *map, uint64_t key)
{
    uint32_t at = seek(map, key);

    if (is_used(map, at)) {
        return &map->slots[at].value;
    }
    if (map->count >= map->limit) {
        return NULL;
    }
    if (map->count >= map->room / 2) {
        if (!grow(map)) {
            return NULL;
        }
        at = seek(map, key);
    }
    map->count++;
    map->slots[at] = (struct map_slot){ key, 0, map->age };
    return &map->slots[at].value;
}

void map_remove(struct map *map, uint64_t key)
{
    uint32_t hole = seek(map, key);

    if (!is_used(map, hole)) {
        return;
    }
    map->count--;
    /* Whatever would not be found behind the hole any more moves into it. */
    for (uint32_t at = (hole + 1) & (map->room - 1); is_used(map, at);
         at = (at + 1) & (map->room - 1)) {
        const uint32_t from = home(map, map->slots[at].key);
        if (((at - from) & (map->room - 1)) >= ((at - hole) & (map->room - 1))) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole].age = map->age - 1;
}
