/* SPDX-License-Identifier: MIT */
/*
 * race_shadow.c: what is remembered of each location: pages of cells by virtual
 * page number, cells divided into bytes, marks of drivers' accesses.
 */
#include "race_state.h"

#include <stdlib.h>
#include <string.h>

static struct race_slot *slot_of(struct race_slot *slots, unsigned bits, uint64_t number)
{
    size_t i = number * 0x9E3779B97F4A7C15ull >> (64 - bits);

    while (slots[i].page != NULL && slots[i].number != number) {
        i = (i + 1) & (((size_t)1 << bits) - 1);
    }
    return &slots[i];
}

/* race_page_find: => the page of that number, or NULL: nothing has happened there */
struct race_page *race_page_find(const struct race *race, uint64_t number)
{
    return race->slots != NULL ? slot_of(race->slots, race->slot_bits, number)->page : NULL;
}

/* grow: make room for one more page; at least half of the slots stay free. */
static bool grow(struct race *race)
{
    size_t old_room = race->slots != NULL ? (size_t)1 << race->slot_bits : 0;

    if (2 * (race->page_count + 1) <= old_room) {
        return true;
    }
    unsigned bits = old_room != 0 ? race->slot_bits + 1 : 8;
    struct race_slot *slots = calloc((size_t)1 << bits, sizeof(*slots));

    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < old_room; i++) {
        if (race->slots[i].page != NULL) {
            *slot_of(slots, bits, race->slots[i].number) = race->slots[i];
        }
    }
    free(race->slots);
    race->slots = slots;
    race->slot_bits = bits;
    return true;
}

/* race_page_add: => the page of that number, new if need be; NULL: no memory, the race is blind */
struct race_page *race_page_add(struct race *race, uint64_t number)
{
    struct race_page *page = race_page_find(race, number);

    if (page != NULL) {
        return page;
    }
    page = grow(race) ? calloc(1, sizeof(*page)) : NULL;
    if (page == NULL) {
        race->blind = true;
        return NULL;
    }
    *slot_of(race->slots, race->slot_bits, number) =
        (struct race_slot){ .number = number, .page = page };
    race->page_count++;
    return page;
}

/* copy_marks: give a byte its own copy of its cell's marks. */
static void copy_marks(struct race *race, struct race_cell *byte, const struct race_marks *from)
{
    struct race_marks *to = race_marks_add(race, byte);

    if (to == NULL) {
        return;
    }
    *to = *from;
    if (from->settled != RACE_NONE) {
        to->settled = race_clock_copy(race, race_clock_at(race, from->settled)->at);
    }
    if (from->table != RACE_NONE) {
        to->table = race_pool_get(race, &race->table_pools[from->table_size]);
        if (to->table != RACE_NONE) {
            memcpy(race_table(race, to), race_table(race, from),
                   race_table_room(from) * sizeof(struct race_mark));
        }
    }
}

/* race_divide: => the cells of a cell's bytes, which all begin as it was; NULL: no memory */
struct race_cell *race_divide(struct race *race, struct race_cell *cell)
{
    if (cell->marks == RACE_DIVIDED) {
        return race_pool_at(&race->bytes_pool, cell->sync.clock);
    }
    uint32_t number = race_pool_get(race, &race->bytes_pool);

    if (number == RACE_NONE) {
        return NULL;
    }
    struct race_cell *bytes = race_pool_at(&race->bytes_pool, number);

    for (unsigned i = 0; i < RACE_CELL; i++) {
        bytes[i] = *cell;
        if (i > 0 && cell->marks != RACE_NONE) {
            copy_marks(race, &bytes[i], race_pool_at(&race->marks_pool, cell->marks));
        }
    }
    if (cell->sync.clock != RACE_NONE) {
        race_clock_at(race, cell->sync.clock)->references += RACE_CELL - 1;
    }
    *cell = (struct race_cell){
        .sync = { .generation = cell->sync.generation, .epoch = RACE_MERGED, .clock = number },
        .marks = RACE_DIVIDED
    };
    return bytes;
}

/* race_marks_add: give a cell marks: none yet.  => NULL: no memory, the race is blind */
struct race_marks *race_marks_add(struct race *race, struct race_cell *cell)
{
    cell->marks = race_pool_get(race, &race->marks_pool);
    if (cell->marks == RACE_NONE) {
        return NULL;
    }
    return memset(race_pool_at(&race->marks_pool, cell->marks), 0, sizeof(struct race_marks));
}

/* take_table: => a cleared table; NULL: no memory, and marks is as it was */
static struct race_mark *take_table(struct race *race, struct race_marks *marks, uint8_t size)
{
    uint32_t number = race_pool_get(race, &race->table_pools[size]);

    if (number == RACE_NONE) {
        return NULL;
    }
    marks->table = number;
    marks->table_size = size;
    return memset(race_table(race, marks), 0, race_table_room(marks) * sizeof(struct race_mark));
}

/* race_table_start: move the only read into a table. */
bool race_table_start(struct race *race, struct race_marks *marks)
{
    struct race_mark *table = take_table(race, marks, 0);

    if (table == NULL) {
        return false;
    }
    table[marks->read.processor % 4] = marks->read;
    marks->read.epoch = 0;
    return true;
}

/* race_table_find: => the processor's place in the table; NULL: no memory, the race is blind */
struct race_mark *race_table_find(struct race *race, struct race_marks *marks, unsigned processor)
{
    struct race_mark *table = race_table(race, marks);
    unsigned room = race_table_room(marks);

    for (unsigned i = 0; i < room; i++) {
        struct race_mark *mark = &table[(processor + i) % room];

        if (mark->epoch == 0 || mark->processor == processor) {
            return mark;
        }
    }
    struct race_marks old = *marks;

    if (take_table(race, marks, marks->table_size + 1) == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < room; i++) {
        *race_table_find(race, marks, table[i].processor) = table[i];
    }
    race_pool_put(&race->table_pools[old.table_size], old.table);
    return race_table_find(race, marks, processor);
}

/* race_table_drop: forget the reads in the table. */
void race_table_drop(struct race *race, struct race_marks *marks)
{
    if (marks->table != RACE_NONE) {
        race_pool_put(&race->table_pools[marks->table_size], marks->table);
        marks->table = RACE_NONE;
    }
}
