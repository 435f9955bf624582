/* SPDX-License-Identifier: MIT */
/*
 * race_pool.c: records of one size, by number, given back one by one or all at
 * once.  They never move; the memory stays with the pool.
 */
#include "race_state.h"

#include <stdlib.h>

void race_pool_init(struct race_pool *pool, size_t size)
{
    *pool = (struct race_pool){ .size = size };
}

void race_pool_free(struct race_pool *pool)
{
    for (unsigned block = 0; block < POOL_BLOCKS; block++) {
        free(pool->blocks[block]);
    }
}

/* race_pool_reset: take all records back. */
void race_pool_reset(struct race_pool *pool)
{
    pool->used = 0;
    pool->free = RACE_NONE;
}

/*
 * race_pool_get: give out a record.
 * => its number; what is in it is undefined.  RACE_NONE: no memory, the race is blind.
 */
uint32_t race_pool_get(struct race *race, struct race_pool *pool)
{
    uint32_t number = pool->free;

    if (number != RACE_NONE) {
        pool->free = *(uint32_t *)race_pool_at(pool, number);
        return number;
    }
    uint32_t place = pool->used + 1 + (1u << POOL_FIRST);
    unsigned block = 31u - (unsigned)__builtin_clz(place) - POOL_FIRST;

    if (block < POOL_BLOCKS && pool->blocks[block] == NULL) {
        pool->blocks[block] = calloc((size_t)1 << (block + POOL_FIRST), pool->size);
    }
    if (block >= POOL_BLOCKS || pool->blocks[block] == NULL) {
        race->blind = true;
        return RACE_NONE;
    }
    return ++pool->used;
}

void race_pool_put(struct race_pool *pool, uint32_t number)
{
    *(uint32_t *)race_pool_at(pool, number) = pool->free;
    pool->free = number;
}
