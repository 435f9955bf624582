/* SPDX-License-Identifier: MIT */
/*
 * race_clock.c: what a processor knows of the others, and passes on.  The theory
 * is in race_state.h.
 */
#include "race_state.h"

#include <string.h>

/* Four entries at a time. */
typedef uint32_t lanes __attribute__((vector_size(16), aligned(4), may_alias));

/* join: raise each entry of a clock to that of another.  => one was raised */
static bool join(const struct race *race, uint32_t *clock, const uint32_t *other)
{
    lanes any = { 0 };

    for (unsigned i = 0; i < race->width; i += 4) {
        lanes a = *(const lanes *)&clock[i], b = *(const lanes *)&other[i];
        lanes less = (lanes)(a < b);

        *(lanes *)&clock[i] = (a & ~less) | (b & less);
        any |= less;
    }
    return (any[0] | any[1] | any[2] | any[3]) != 0;
}

static bool covers(const struct race *race, const uint32_t *clock, const uint32_t *other)
{
    for (unsigned i = 0; i < race->width; i++) {
        if (clock[i] < other[i]) {
            return false;
        }
    }
    return true;
}

/* race_clock_copy: => a new record with one reference; RACE_NONE: no memory, the race is blind */
uint32_t race_clock_copy(struct race *race, const uint32_t *clock)
{
    uint32_t number = race_pool_get(race, &race->clock_pool);

    if (number != RACE_NONE) {
        struct race_clock *record = race_clock_at(race, number);

        record->references = 1;
        memcpy(record->at, clock, race->width * sizeof(*clock));
    }
    return number;
}

/* race_clock_drop: give up a reference, if there is one. */
void race_clock_drop(struct race *race, uint32_t number)
{
    if (number != RACE_NONE && --race_clock_at(race, number)->references == 0) {
        race_pool_put(&race->clock_pool, number);
    }
}

/* race_advance: begin a new epoch, if something has been released in this one. */
void race_advance(struct race *race, struct race_cpu *cpu)
{
    if (cpu->released) {
        cpu->released = false;
        if (++cpu->clock[cpu->number] == RACE_MERGED) {
            race->blind = true;
        }
    }
}

/* race_learn: acquire what was released there. */
void race_learn(struct race *race, struct race_cpu *cpu, const struct race_sync *sync)
{
    bool news = join(race, cpu->clock, race_clock_at(race, sync->clock)->at);

    if (sync->epoch != RACE_MERGED && cpu->clock[sync->owner] < sync->epoch) {
        cpu->clock[sync->owner] = sync->epoch;
        news = true;
    }
    if (news) {
        race_clock_drop(race, cpu->snapshot);
        cpu->snapshot = RACE_NONE;
        race_advance(race, cpu);
    }
}

/* replace: let what the processor knows take the place of what was released there. */
static void replace(struct race *race, struct race_cpu *cpu, struct race_sync *sync)
{
    if (cpu->snapshot == RACE_NONE) {
        cpu->snapshot = race_clock_copy(race, cpu->clock);
        if (cpu->snapshot == RACE_NONE) {
            return;
        }
    }
    if (sync->clock != cpu->snapshot) {
        race_clock_at(race, cpu->snapshot)->references++;
        race_clock_drop(race, sync->clock);
        sync->clock = cpu->snapshot;
    }
    sync->owner = cpu->number;
    sync->epoch = cpu->clock[cpu->number];
}

/* merge: add what the processor knows to what was released there. */
static void merge(struct race *race, struct race_cpu *cpu, struct race_sync *sync)
{
    struct race_clock *clock = race_clock_at(race, sync->clock);

    if (sync->epoch != RACE_MERGED || clock->references > 1) {
        uint32_t number = race_clock_copy(race, clock->at);

        if (number == RACE_NONE) {
            return;
        }
        clock = race_clock_at(race, number);
        if (sync->epoch != RACE_MERGED) {
            clock->at[sync->owner] = sync->epoch;
        }
        race_clock_drop(race, sync->clock);
        *sync = (struct race_sync){ .generation = sync->generation,
                                    .epoch = RACE_MERGED,
                                    .clock = number };
    }
    join(race, clock->at, cpu->clock);
}

/* race_publish: release what the processor knows there, without acquiring. */
void race_publish(struct race *race, struct race_cpu *cpu, struct race_sync *sync)
{
    if (race_knows(cpu, sync) || (sync->epoch == RACE_MERGED &&
                                  covers(race, cpu->clock, race_clock_at(race, sync->clock)->at))) {
        replace(race, cpu, sync);
    } else {
        merge(race, cpu, sync);
    }
    cpu->released = true;
}
