/* SPDX-License-Identifier: MIT */
/*
 * race_state.h: what the parts of the race detector share.
 *
 *   race.c         the rules: which accesses are a race, acquire, release
 *   race_clock.c   what a processor knows of the others, and passes on
 *   race_shadow.c  what is remembered of each location
 *   race_pool.c    records of one size
 *   race_report.c  how a race becomes a finding
 *
 * Epochs.  Each processor counts its epochs, from 1, and has a clock: for each
 * processor the epoch up to which it knows what that one did.  An access A of
 * processor p in epoch e happens before what q does now if q's clock for p is
 * at least e.  An epoch ends when something of it has been released and its
 * processor then makes a driver's access or learns something: so all releases
 * in one epoch tell the same, whoever knows the epoch knows all of it, and one
 * comparison answers for a whole clock.
 *
 * Locations.  A location that somebody has released into holds (owner, epoch,
 * clock): what the owner knew in that epoch.  The clock is a snapshot, shared
 * by all that its owner releases until it learns something.  Only where a
 * releaser does not know what is there already are the two joined in a clock
 * that is nobody's (epoch MERGED).  So a kernel access costs one comparison
 * unless it brings news.
 *
 * Of drivers' accesses a location holds marks: the last plain write, the last
 * locked access since, and the last read since by each processor that matters.
 * More is not needed: what a plain write follows it either knows or races with,
 * and either way the pair is settled; locked accesses to one location know each
 * other; and a read that knows another read stands for it.
 *
 * After a race the two count as ordered at that location, and so does what
 * follows the later one.  A write gets this by taking the place of what it raced
 * with.  Of a read or a locked access that races with the write, its epoch is
 * kept in `settled`: whoever knows one of these follows the write.
 *
 * Locations are cells of four bytes.  The first access to part of a cell that
 * would set its bytes apart divides it into four one-byte cells.
 *
 * Forgetting.  All that is in a cell counts only in its generation; records go
 * back to their pools as a whole.  So race_reset touches no location.
 */
#pragma once

#include "race.h"

#define RACE_PAGE    4096u
#define RACE_CELL    4u         /* bytes */
#define RACE_NONE    0u         /* no record */
#define RACE_DIVIDED UINT32_MAX /* cell.marks: the cell's bytes have cells of their own */
#define RACE_MERGED  UINT32_MAX /* sync.epoch: the clock is nobody's */

#define RACE_LAST        16u
#define RACE_RECENT      (SIM_HISTORY / 2u) /* accesses of a processor kept for reports */
#define RACE_TABLE_SIZES 6u                 /* 4, 16, .. 4096 readers */
#define RACE_PROCESSORS  4096u              /* most */

/* Records of one size, by number.  Block k holds 2^(k + POOL_FIRST) of them. */
#define POOL_FIRST  6u
#define POOL_BLOCKS 24u

struct race_pool {
    uint8_t *blocks[POOL_BLOCKS];
    size_t size;
    uint32_t used; /* numbers given out: 1 .. used */
    uint32_t free; /* of the list of those given back */
};

/* What has been released into a location. */
struct race_sync {
    uint16_t generation;
    uint16_t owner;
    uint32_t epoch;
    uint32_t clock; /* RACE_NONE: nothing */
};

struct race_cell {
    struct race_sync sync; /* divided: .clock is the record of its four bytes */
    uint32_t marks;        /* RACE_NONE, RACE_DIVIDED or of drivers' accesses */
};

struct race_clock {
    uint32_t references;
    uint32_t unused[3];
    uint32_t at[]; /* race.width */
};

/* A driver's access; epoch 0: none. */
struct race_mark {
    uint32_t epoch;
    uint16_t processor;
    uint8_t irql;
    uint8_t size : 7, returns : 1;
    uint64_t address, time, target;
};

struct race_marks {
    struct race_mark write;  /* the last plain write, */
    struct race_mark locked; /* since then the last locked access, */
    struct race_mark read;   /* and the reads: this one, if there is no table */
    uint32_t table;          /* by processor, of 4^(table_size + 1) marks */
    uint8_t table_size;
    uint32_t settled; /* a clock: by processor, its first access that raced with the write */
};

struct race_page {
    struct race_cell cells[RACE_PAGE / RACE_CELL];
};

struct race_slot {
    uint64_t number;
    struct race_page *page; /* NULL: the slot is free */
};

struct race_pair {
    uint64_t low, high;
    uint16_t generation;
};

struct race_cpu {
    uint32_t *clock;   /* [race.width] */
    uint32_t snapshot; /* of clock, its own entry aside; RACE_NONE: it has changed since */
    uint16_t number;
    bool released;                    /* in this epoch */
    struct race_slot last[RACE_LAST]; /* the pages used last, by number */
    struct race_sync pending;         /* what its interrupts will tell it */
    struct sim_access recent[RACE_RECENT];
    unsigned recent_count, recent_last;
};

struct race {
    unsigned processors;
    unsigned width; /* entries of a clock */
    uint16_t generation;
    bool blind; /* memory or epochs have run out: nothing is found until race_reset */
    race_found *found;
    void *context;
    struct race_cpu *cpus;
    struct race_sync device; /* what the devices have been told */
    uint32_t *clocks;  /* those of the processors, and: */
    uint32_t *nothing; /* that of one who knows nothing */
    struct race_pool clock_pool, bytes_pool, marks_pool, table_pools[RACE_TABLE_SIZES];
    struct race_slot *slots; /* pages, by hash */
    unsigned slot_bits;
    size_t page_count;
    struct race_pair *pairs; /* reported, by hash */
    unsigned pair_bits;
    size_t pair_count;
};

/* race_pool.c */
void race_pool_init(struct race_pool *pool, size_t size);
void race_pool_free(struct race_pool *pool);
void race_pool_reset(struct race_pool *pool);
uint32_t race_pool_get(struct race *race, struct race_pool *pool);
void race_pool_put(struct race_pool *pool, uint32_t number);

/* race_pool_at: => the record of that number, which stays where it is */
static inline void *race_pool_at(const struct race_pool *pool, uint32_t number)
{
    uint32_t place = number + (1u << POOL_FIRST);
    unsigned block = 31u - (unsigned)__builtin_clz(place);

    return pool->blocks[block - POOL_FIRST] + (place - (1u << block)) * pool->size;
}

/* race_clock.c */
void race_learn(struct race *race, struct race_cpu *cpu, const struct race_sync *sync);
void race_publish(struct race *race, struct race_cpu *cpu, struct race_sync *sync);
void race_advance(struct race *race, struct race_cpu *cpu);
uint32_t race_clock_copy(struct race *race, const uint32_t *clock);
void race_clock_drop(struct race *race, uint32_t number);

static inline struct race_clock *race_clock_at(const struct race *race, uint32_t number)
{
    return race_pool_at(&race->clock_pool, number);
}

/* race_knows: => the processor knows all that was released there */
static inline bool race_knows(const struct race_cpu *cpu, const struct race_sync *sync)
{
    return sync->epoch <= cpu->clock[sync->owner];
}

/* race_unordered: => the mark is of another processor's access that this one does not know */
static inline bool race_unordered(const struct race_cpu *cpu, const struct race_mark *mark)
{
    return mark->epoch > cpu->clock[mark->processor];
}

/* race_shadow.c */
struct race_page *race_page_find(const struct race *race, uint64_t number);
struct race_page *race_page_add(struct race *race, uint64_t number);
struct race_cell *race_divide(struct race *race, struct race_cell *cell);
struct race_marks *race_marks_add(struct race *race, struct race_cell *cell);
struct race_mark *race_table_find(struct race *race, struct race_marks *marks, unsigned processor);
bool race_table_start(struct race *race, struct race_marks *marks);
void race_table_drop(struct race *race, struct race_marks *marks);

/* race_marks_of: => the cell's marks, new if need be; NULL: no memory, the race is blind */
static inline struct race_marks *race_marks_of(struct race *race, struct race_cell *cell)
{
    return cell->marks != RACE_NONE ? race_pool_at(&race->marks_pool, cell->marks)
                                    : race_marks_add(race, cell);
}

static inline struct race_mark *race_table(const struct race *race, const struct race_marks *marks)
{
    return race_pool_at(&race->table_pools[marks->table_size], marks->table);
}

static inline unsigned race_table_room(const struct race_marks *marks)
{
    return 4u << 2 * marks->table_size;
}

/* race_report.c */

/* An access that is being judged, and the earlier side of the race to be reported. */
struct race_trial {
    struct race_cpu *cpu;
    struct race_mark mark;
    enum sim_access_kind kind;
    struct race_mark other; /* .epoch 0: none */
    enum sim_access_kind other_kind;
};

const struct sim_access *race_note(struct race_cpu *cpu, enum sim_access_kind kind,
                                   const struct sim_place *place, uint64_t target, unsigned size);
void race_accuse(const struct race *race, struct race_trial *trial, const struct race_mark *mark,
                 enum sim_access_kind kind);
void race_report(struct race *race, const struct race_trial *trial,
                 const struct sim_access *access);
