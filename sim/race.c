/* SPDX-License-Identifier: MIT */
/*
 * race.c: data races: which accesses are a race, which acquire, which release.
 * The theory is in race_state.h.
 *
 *                 acquires  releases  races with unordered
 *   RACE_READ        x                plain writes
 *   RACE_WRITE                        plain writes, locked accesses, plain reads
 *   RACE_LOCKED      x         x      plain writes
 *   RACE_KERNEL_READ x
 *   RACE_KERNEL_WRITE          x
 *
 * An access acquires from all of its bytes before any of them is judged.
 */
#include "race_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef void visit_cell(struct race *race, struct race_cpu *cpu, struct race_cell *cell,
                        struct race_trial *trial);

/* last_page: => the page, if the processor has used it a short while ago; or NULL */
static inline struct race_page *last_page(const struct race_cpu *cpu, uint64_t number)
{
    const struct race_slot *slot = &cpu->last[number % RACE_LAST];

    return slot->number == number ? slot->page : NULL;
}

/* page_of: => the page; NULL: change: no memory, the race is blind, otherwise: it is empty */
static struct race_page *page_of(struct race *race, struct race_cpu *cpu, uint64_t number,
                                 bool change)
{
    struct race_page *page = last_page(cpu, number);

    if (page == NULL) {
        page = change ? race_page_add(race, number) : race_page_find(race, number);
        if (page != NULL) {
            cpu->last[number % RACE_LAST] = (struct race_slot){ .number = number, .page = page };
        }
    }
    return page;
}

/* visit_bytes: visit the bytes from .. to - 1 of a cell that is divided, or now will be. */
static void visit_bytes(struct race *race, struct race_cpu *cpu, struct race_cell *cell,
                        unsigned from, unsigned to, visit_cell *visit, struct race_trial *trial)
{
    struct race_cell *bytes = race_divide(race, cell);

    for (unsigned i = from; bytes != NULL && i < to; i++) {
        visit(race, cpu, &bytes[i], trial);
    }
}

/* visit_part: visit the bytes from .. to - 1 of a cell, as one if they may stay together. */
static inline void visit_part(struct race *race, struct race_cpu *cpu, struct race_cell *cell,
                              unsigned from, unsigned to, bool change, visit_cell *visit,
                              struct race_trial *trial)
{
    if (cell->sync.generation != race->generation) {
        if (!change) {
            return;
        }
        *cell = (struct race_cell){ .sync.generation = race->generation };
    }
    if (cell->marks == RACE_DIVIDED || (change && to - from < RACE_CELL)) {
        visit_bytes(race, cpu, cell, from, to, visit, trial);
    } else {
        visit(race, cpu, cell, trial);
    }
}

/* visit_pieces: visit_range for an access that is not of whole cells of one page. */
static void visit_pieces(struct race *race, struct race_cpu *cpu, uint64_t address, unsigned size,
                         bool change, visit_cell *visit, struct race_trial *trial)
{
    while (size != 0) {
        unsigned at = address % RACE_PAGE;
        unsigned end = at + size < RACE_PAGE ? at + size : RACE_PAGE;
        struct race_page *page = page_of(race, cpu, address / RACE_PAGE, change);

        address += end - at;
        size -= end - at;
        while (page != NULL && at < end) {
            unsigned from = at % RACE_CELL;
            unsigned to = end - at < RACE_CELL - from ? from + (end - at) : RACE_CELL;

            visit_part(race, cpu, &page->cells[at / RACE_CELL], from, to, change, visit, trial);
            at += to - from;
        }
    }
}

/*
 * visit_range: visit the cells of an access.
 * => change: visit changes them; they are divided where need be.  Otherwise
 *    those where nothing has happened are left out.
 */
static inline __attribute__((always_inline)) void
visit_range(struct race *race, struct race_cpu *cpu, uint64_t address, unsigned size, bool change,
            visit_cell *visit, struct race_trial *trial)
{
    unsigned at = address % RACE_PAGE;

    if ((at | size) % RACE_CELL != 0 || at + size > RACE_PAGE) {
        visit_pieces(race, cpu, address, size, change, visit, trial);
        return;
    }
    struct race_page *page = page_of(race, cpu, address / RACE_PAGE, change);

    for (unsigned i = 0; page != NULL && i < size / RACE_CELL; i++) {
        visit_part(race, cpu, &page->cells[at / RACE_CELL + i], 0, RACE_CELL, change, visit, trial);
    }
}

static void visit_acquire(struct race *race, struct race_cpu *cpu, struct race_cell *cell,
                          struct race_trial *trial)
{
    (void)trial;
    if (!race_knows(cpu, &cell->sync)) {
        race_learn(race, cpu, &cell->sync);
    }
}

static void visit_release(struct race *race, struct race_cpu *cpu, struct race_cell *cell,
                          struct race_trial *trial)
{
    (void)trial;
    race_publish(race, cpu, &cell->sync);
}

static bool is_known(const struct race *race, const struct race_cpu *cpu,
                     const struct race_sync *sync)
{
    return sync->generation != race->generation || race_knows(cpu, sync);
}

/* is_released: => in this epoch, by this processor; it then knows nothing else to release */
static bool is_released(const struct race *race, const struct race_cpu *cpu,
                        const struct race_sync *sync)
{
    return sync->generation == race->generation && sync->owner == cpu->number &&
           sync->epoch == cpu->clock[cpu->number];
}

/* is_old: => so it is with all bytes, which is seen at a glance; false: or perhaps it is */
static inline __attribute__((always_inline)) bool
is_old(const struct race *race, const struct race_cpu *cpu, uint64_t address, unsigned size,
       bool (*is)(const struct race *, const struct race_cpu *, const struct race_sync *))
{
    const struct race_page *page = last_page(cpu, address / RACE_PAGE);
    unsigned at = address % RACE_PAGE, end = at + size;

    if (page == NULL || end > RACE_PAGE) {
        return false;
    }
    for (at /= RACE_CELL; at < (end + RACE_CELL - 1) / RACE_CELL; at++) {
        if (!is(race, cpu, &page->cells[at].sync)) {
            return false;
        }
    }
    return true;
}

static __attribute__((noinline)) void acquire_news(struct race *race, struct race_cpu *cpu,
                                                   uint64_t address, unsigned size)
{
    visit_range(race, cpu, address, size, false, visit_acquire, NULL);
}

static __attribute__((noinline)) void release_news(struct race *race, struct race_cpu *cpu,
                                                   uint64_t address, unsigned size)
{
    visit_range(race, cpu, address, size, true, visit_release, NULL);
}

/* is_settled: => what the processor does now follows an access that has raced with the write */
static bool is_settled(const struct race *race, const struct race_cpu *cpu,
                       const struct race_marks *marks)
{
    if (marks->settled == RACE_NONE) {
        return false;
    }
    const uint32_t *epochs = race_clock_at(race, marks->settled)->at;

    for (unsigned i = 0; i < race->processors; i++) {
        if (epochs[i] != 0 && epochs[i] <= cpu->clock[i]) {
            return true;
        }
    }
    return false;
}

/* settle: from now on the access, though it races with the write, counts as after it. */
static void settle(struct race *race, const struct race_cpu *cpu, struct race_marks *marks)
{
    if (marks->settled == RACE_NONE) {
        marks->settled = race_clock_copy(race, race->nothing);
    }
    if (marks->settled != RACE_NONE) {
        race_clock_at(race, marks->settled)->at[cpu->number] = cpu->clock[cpu->number];
    }
}

static bool races_with_write(const struct race *race, const struct race_cpu *cpu,
                             const struct race_marks *marks)
{
    return race_unordered(cpu, &marks->write) && !is_settled(race, cpu, marks);
}

/* judge_after_write: judge a read or a locked access. */
static void judge_after_write(struct race *race, struct race_marks *marks, struct race_trial *trial)
{
    if (races_with_write(race, trial->cpu, marks)) {
        race_accuse(race, trial, &marks->write, SIM_WRITES);
        settle(race, trial->cpu, marks);
    }
}

static void judge_read(struct race *race, struct race_cpu *cpu, struct race_cell *cell,
                       struct race_trial *trial)
{
    struct race_marks *marks = race_marks_of(race, cell);

    if (marks == NULL) {
        return;
    }
    judge_after_write(race, marks, trial);
    if (marks->table == RACE_NONE) {
        if (!race_unordered(cpu, &marks->read)) { /* this read stands for it, if there is one */
            marks->read = trial->mark;
            return;
        }
        if (!race_table_start(race, marks)) {
            return;
        }
    }
    struct race_mark *place = race_table_find(race, marks, cpu->number);

    if (place != NULL) {
        *place = trial->mark;
    }
}

static void judge_locked(struct race *race, struct race_cpu *cpu, struct race_cell *cell,
                         struct race_trial *trial)
{
    struct race_marks *marks = race_marks_of(race, cell);

    (void)cpu;
    if (marks != NULL) {
        judge_after_write(race, marks, trial);
        marks->locked = trial->mark;
    }
}

/* accuse_readers: offer the reads that are unordered with a write. */
static void accuse_readers(struct race *race, const struct race_marks *marks,
                           struct race_trial *trial)
{
    const struct race_mark *reads =
        marks->table != RACE_NONE ? race_table(race, marks) : &marks->read;
    unsigned count = marks->table != RACE_NONE ? race_table_room(marks) : 1;

    for (unsigned i = 0; i < count; i++) {
        if (race_unordered(trial->cpu, &reads[i])) {
            race_accuse(race, trial, &reads[i], SIM_READS);
        }
    }
}

static void judge_write(struct race *race, struct race_cpu *cpu, struct race_cell *cell,
                        struct race_trial *trial)
{
    struct race_marks *marks = race_marks_of(race, cell);

    if (marks == NULL) {
        return;
    }
    if (races_with_write(race, cpu, marks)) {
        race_accuse(race, trial, &marks->write, SIM_WRITES);
    }
    if (race_unordered(cpu, &marks->locked)) {
        race_accuse(race, trial, &marks->locked, SIM_LOCKED);
    }
    accuse_readers(race, marks, trial);
    race_table_drop(race, marks);
    race_clock_drop(race, marks->settled);
    marks->write = trial->mark;
    marks->locked.epoch = 0;
    marks->read.epoch = 0;
    marks->settled = RACE_NONE;
}

/* judge: compare a driver's access with the earlier ones, mark it, and report what was found. */
static __attribute__((noinline)) void judge(struct race *race, struct race_cpu *cpu,
                                            enum race_kind kind, const struct sim_place *place,
                                            uint64_t address, unsigned size)
{
    static const enum sim_access_kind kinds[] = {
        [RACE_READ] = SIM_READS, [RACE_WRITE] = SIM_WRITES, [RACE_LOCKED] = SIM_LOCKED
    };
    const struct sim_access *access = race_note(cpu, kinds[kind], place, address, size);
    struct race_trial trial;

    race_advance(race, cpu);
    trial.cpu = cpu;
    trial.other.epoch = 0;
    trial.mark = (struct race_mark){ .epoch = cpu->clock[cpu->number],
                                     .processor = cpu->number,
                                     .irql = place->irql,
                                     .size = (uint8_t)(size & 0x7F),
                                     .returns = place->returns,
                                     .address = place->address,
                                     .time = place->time,
                                     .target = address };
    if (kind == RACE_READ) {
        visit_range(race, cpu, address, size, true, judge_read, &trial);
    } else if (kind == RACE_WRITE) {
        visit_range(race, cpu, address, size, true, judge_write, &trial);
    } else {
        visit_range(race, cpu, address, size, true, judge_locked, &trial);
    }
    if (trial.other.epoch != 0) {
        race_report(race, &trial, access);
    }
}

void race_access(struct race *race, enum race_kind kind, const struct sim_place *place,
                 uint64_t address, unsigned size)
{
    struct race_cpu *cpu = &race->cpus[place->processor];

    assert(place->processor < race->processors && size <= 64);
    if (race->blind) {
        return;
    }
    if ((kind == RACE_READ || kind == RACE_LOCKED || kind == RACE_KERNEL_READ) &&
        !is_old(race, cpu, address, size, is_known)) {
        acquire_news(race, cpu, address, size);
    }
    if (kind == RACE_READ || kind == RACE_WRITE || kind == RACE_LOCKED) {
        judge(race, cpu, kind, place, address, size);
    }
    if ((kind == RACE_LOCKED || kind == RACE_KERNEL_WRITE) &&
        !is_old(race, cpu, address, size, is_released)) {
        release_news(race, cpu, address, size);
    }
}

void race_send(struct race *race, unsigned from, unsigned to)
{
    struct race_sync *pending = &race->cpus[to].pending;

    assert(from < race->processors && to < race->processors);
    if (!race->blind) {
        race_publish(race, &race->cpus[from], pending);
    }
}

void race_receive(struct race *race, unsigned to)
{
    struct race_cpu *cpu = &race->cpus[to];

    assert(to < race->processors);
    if (!race->blind && !race_knows(cpu, &cpu->pending)) {
        race_learn(race, cpu, &cpu->pending);
    }
}

void race_device_write(struct race *race, unsigned from)
{
    assert(from < race->processors);
    if (!race->blind) {
        race_publish(race, &race->cpus[from], &race->device);
    }
}

void race_device_interrupt(struct race *race, unsigned to)
{
    struct race_cpu *cpu = &race->cpus[to];

    assert(to < race->processors);
    if (!race->blind && !race_knows(cpu, &race->device)) {
        race_learn(race, cpu, &race->device);
    }
}

/* wipe: forget even what is forgotten, when the generations have been used up. */
static void wipe(struct race *race)
{
    for (size_t i = 0; race->slots != NULL && i < (size_t)1 << race->slot_bits; i++) {
        if (race->slots[i].page != NULL) {
            memset(race->slots[i].page, 0, sizeof(*race->slots[i].page));
        }
    }
    if (race->pairs != NULL) {
        memset(race->pairs, 0, sizeof(*race->pairs) << race->pair_bits);
    }
}

void race_reset(struct race *race)
{
    if (++race->generation == 0) {
        wipe(race);
        race->generation = 1;
    }
    race->blind = false;
    race->pair_count = 0;
    race_pool_reset(&race->clock_pool);
    race_pool_reset(&race->bytes_pool);
    race_pool_reset(&race->marks_pool);
    for (unsigned i = 0; i < RACE_TABLE_SIZES; i++) {
        race_pool_reset(&race->table_pools[i]);
    }
    race->device = (struct race_sync){ 0 };
    memset(race->clocks, 0, (size_t)race->processors * race->width * sizeof(*race->clocks));
    for (unsigned i = 0; i < race->processors; i++) {
        struct race_cpu *cpu = &race->cpus[i];

        cpu->clock[i] = 1;
        cpu->snapshot = RACE_NONE;
        cpu->released = false;
        cpu->pending = (struct race_sync){ 0 };
        cpu->recent_count = cpu->recent_last = 0;
    }
}

struct race *race_create(unsigned processors, race_found *found, void *context)
{
    struct race *race = calloc(1, sizeof(*race));

    if (race == NULL || processors == 0 || processors > RACE_PROCESSORS) {
        free(race);
        return NULL;
    }
    race->processors = processors;
    race->width = (processors + 3) & ~3u;
    race->found = found;
    race->context = context;
    race->cpus = calloc(processors, sizeof(*race->cpus));
    race->clocks = calloc(((size_t)processors + 1) * race->width, sizeof(*race->clocks));
    race_pool_init(&race->clock_pool,
                   sizeof(struct race_clock) + race->width * sizeof(*race->clocks));
    race_pool_init(&race->bytes_pool, RACE_CELL * sizeof(struct race_cell));
    race_pool_init(&race->marks_pool, sizeof(struct race_marks));
    for (unsigned i = 0; i < RACE_TABLE_SIZES; i++) {
        race_pool_init(&race->table_pools[i], (4u << 2 * i) * sizeof(struct race_mark));
    }
    if (race->cpus == NULL || race->clocks == NULL) {
        race_destroy(race);
        return NULL;
    }
    race->nothing = &race->clocks[(size_t)processors * race->width];
    for (unsigned i = 0; i < processors; i++) {
        race->cpus[i].number = (uint16_t)i;
        race->cpus[i].clock = &race->clocks[(size_t)i * race->width];
    }
    race_reset(race);
    return race;
}

void race_destroy(struct race *race)
{
    if (race == NULL) {
        return;
    }
    for (size_t i = 0; race->slots != NULL && i < (size_t)1 << race->slot_bits; i++) {
        free(race->slots[i].page);
    }
    free(race->slots);
    free(race->pairs);
    free(race->cpus);
    free(race->clocks);
    race_pool_free(&race->clock_pool);
    race_pool_free(&race->bytes_pool);
    race_pool_free(&race->marks_pool);
    for (unsigned i = 0; i < RACE_TABLE_SIZES; i++) {
        race_pool_free(&race->table_pools[i]);
    }
    free(race);
}
