/* SPDX-License-Identifier: MIT */
/*
 * race_report.c: how a race becomes a finding: which of several earlier accesses
 * is reported, each pair of instructions once, with what their two processors
 * did before.
 */
#include "race_state.h"

#include <stdlib.h>
#include <string.h>

/*
 * race_note: remember a driver's access for the history.
 * => What repeats the access before takes its place: a poll is one line.
 */
const struct sim_access *race_note(struct race_cpu *cpu, enum sim_access_kind kind,
                                   const struct sim_place *place, uint64_t target, unsigned size)
{
    struct sim_access *access = &cpu->recent[cpu->recent_last];

    if (cpu->recent_count == 0 || access->place.address != place->address ||
        access->target != target || access->size != size || access->kind != kind) {
        cpu->recent_last = cpu->recent_last + 1 < RACE_RECENT ? cpu->recent_last + 1 : 0;
        cpu->recent_count += cpu->recent_count < RACE_RECENT;
        access = &cpu->recent[cpu->recent_last];
    }
    access->place = *place;
    access->kind = kind;
    access->target = target;
    access->size = (uint8_t)size;
    return access;
}

static struct race_pair pair_of(const struct race *race, uint64_t a, uint64_t b)
{
    return (struct race_pair){ .low = a < b ? a : b,
                               .high = a < b ? b : a,
                               .generation = race->generation };
}

/* pair_slot: => where the pair is, or, if its generation is another, where it belongs */
static struct race_pair *pair_slot(struct race_pair *pairs, unsigned bits,
                                   const struct race_pair *pair)
{
    uint64_t hash = (pair->low * 0x9E3779B97F4A7C15ull ^ pair->high) * 0xD6E8FEB86659FD93ull;
    size_t i = hash >> (64 - bits);

    while (pairs[i].generation == pair->generation &&
           (pairs[i].low != pair->low || pairs[i].high != pair->high)) {
        i = (i + 1) & (((size_t)1 << bits) - 1);
    }
    return &pairs[i];
}

static bool is_reported(const struct race *race, uint64_t a, uint64_t b)
{
    struct race_pair pair = pair_of(race, a, b);

    return race->pairs != NULL &&
           pair_slot(race->pairs, race->pair_bits, &pair)->generation == race->generation;
}

/* grow: make room for one more pair; at least half of the slots stay free. */
static bool grow(struct race *race)
{
    size_t old_room = race->pairs != NULL ? (size_t)1 << race->pair_bits : 0;

    if (2 * (race->pair_count + 1) <= old_room) {
        return true;
    }
    unsigned bits = old_room != 0 ? race->pair_bits + 1 : 4;
    struct race_pair *pairs = calloc((size_t)1 << bits, sizeof(*pairs));

    if (pairs == NULL) {
        race->blind = true;
        return false;
    }
    for (size_t i = 0; i < old_room; i++) {
        if (race->pairs[i].generation == race->generation) {
            *pair_slot(pairs, bits, &race->pairs[i]) = race->pairs[i];
        }
    }
    free(race->pairs);
    race->pairs = pairs;
    race->pair_bits = bits;
    return true;
}

/* usefulness: a plain write tells more than a locked one, and that more than a read. */
static int usefulness(enum sim_access_kind kind)
{
    return kind == SIM_WRITES ? 2 : kind == SIM_LOCKED ? 1 : 0;
}

/* race_accuse: offer an earlier access as the other side; the most useful new one is kept. */
void race_accuse(const struct race *race, struct race_trial *trial, const struct race_mark *mark,
                 enum sim_access_kind kind)
{
    if (is_reported(race, trial->mark.address, mark->address)) {
        return;
    }
    if (trial->other.epoch == 0 || usefulness(kind) > usefulness(trial->other_kind) ||
        (kind == trial->other_kind && mark->time > trial->other.time)) {
        trial->other = *mark;
        trial->other_kind = kind;
    }
}

static struct sim_access access_of(const struct race_mark *mark, enum sim_access_kind kind)
{
    return (struct sim_access){ .place = { .processor = mark->processor,
                                           .irql = mark->irql,
                                           .returns = mark->returns,
                                           .address = mark->address,
                                           .time = mark->time },
                                .kind = kind,
                                .target = mark->target,
                                .size = mark->size };
}

/* list_recent: => how many of the processor's last accesses are now in list, oldest first */
static size_t list_recent(const struct race_cpu *cpu, struct sim_access list[RACE_RECENT])
{
    for (unsigned i = 0; i < cpu->recent_count; i++) {
        list[i] =
            cpu->recent[(cpu->recent_last + 1 + RACE_RECENT - cpu->recent_count + i) % RACE_RECENT];
    }
    return cpu->recent_count;
}

/* with_access: => count, after an access that has dropped out of the list is back, as the oldest */
static size_t with_access(struct sim_access list[RACE_RECENT], size_t count,
                          const struct sim_access *access)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].place.address == access->place.address && list[i].target == access->target &&
            list[i].place.time >= access->place.time) {
            return count;
        }
    }
    if (count < RACE_RECENT) {
        memmove(&list[1], &list[0], count * sizeof(list[0]));
        count++;
    }
    list[0] = *access;
    return count;
}

/* merge_history: both processors' accesses by time; the later side's comes last. */
static void merge_history(struct sim_finding *finding, const struct race_cpu *later,
                          const struct race_cpu *earlier)
{
    struct sim_access mine[RACE_RECENT], others[RACE_RECENT];
    size_t my_count = list_recent(later, mine), other_count = list_recent(earlier, others);
    size_t i = 0, k = 0;

    other_count = with_access(others, other_count, &finding->accesses[1]);
    while (i < my_count || k < other_count) {
        bool take_other =
            i == my_count || (k < other_count && others[k].place.time <= mine[i].place.time);

        finding->history[finding->history_count++] = take_other ? others[k++] : mine[i++];
    }
}

/* race_report: report the race between an access that has just been noted and trial->other. */
void race_report(struct race *race, const struct race_trial *trial, const struct sim_access *access)
{
    struct race_pair pair = pair_of(race, trial->mark.address, trial->other.address);
    struct sim_finding finding = { .found = SIM_FOUND_RACE };

    if (!grow(race)) {
        return;
    }
    *pair_slot(race->pairs, race->pair_bits, &pair) = pair;
    race->pair_count++;
    finding.accesses[0] = *access;
    finding.accesses[1] = access_of(&trial->other, trial->other_kind);
    finding.at = finding.accesses[0].place;
    finding.other = finding.accesses[1].place;
    merge_history(&finding, trial->cpu, &race->cpus[trial->other.processor]);
    race->found(race->context, &finding);
}
