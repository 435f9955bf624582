/* SPDX-License-Identifier: MIT */
/*
 * schedule_pct.c: the strategy `pct`, probabilistic concurrency testing.
 *
 * Each processor has a priority, at first a random one, and the first of those
 * that can go on runs.  At d - 1 decision points, drawn from the k that a run
 * has, the one that runs gets a priority below all initial ones, the i-th change
 * point the i-th lowest.  A bug that shows whenever d certain steps happen in a
 * certain order then shows with probability at least 1 / (n k^(d-1)).
 *
 * => For fairness a processor that pauses, or has run a slice in a row, goes
 *    below all others: without it one that polls would starve the one it waits for.
 * => With many processors (MANY) only steps of drivers' code are counted, or the
 *    kernel's polls would use up the change points.
 * Reference: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler
 * with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010.
 */
#include "cpu.h"

#include <string.h>

#define MANY 8u

/* Change points' priorities are 1 .. d - 1; initial ones are above, demoted ones below. */
#define INITIAL (int64_t)SIM_MAX_DEPTH

static void draw_changes(struct sim_schedule *schedule, unsigned depth, uint64_t steps)
{
    schedule->change_count = 0;
    for (unsigned i = 1; i < depth && i < SIM_MAX_DEPTH; i++) {
        const uint64_t point = 1 + schedule_random(schedule) % (steps != 0 ? steps : 1);
        unsigned at = schedule->change_count++;

        while (at > 0 && schedule->changes[at - 1] < point) {
            schedule->changes[at] = schedule->changes[at - 1];
            at--;
        }
        schedule->changes[at] = point;
    }
}

void schedule_prioritize(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    for (unsigned i = 0; i < machine->count; i++) {
        const unsigned other = schedule_below(schedule, i + 1);

        schedule->priority[i] = schedule->priority[other];
        schedule->priority[other] = INITIAL + i;
    }
    schedule->lowest = 0;
    schedule->counted = 0;
    schedule->reconsider = true;
    schedule->until = 1;
    draw_changes(schedule, machine->options.depth, machine->options.steps);
}

unsigned schedule_first(struct sim_schedule *schedule)
{
    unsigned first = schedule->ready[0];

    for (unsigned i = 1; i < schedule->ready_count; i++) {
        if (schedule->priority[schedule->ready[i]] > schedule->priority[first]) {
            first = schedule->ready[i];
        }
    }
    schedule->reconsider = false;
    return first;
}

void schedule_demote(struct sim_schedule *schedule, unsigned index)
{
    schedule->priority[index] = --schedule->lowest;
    schedule->reconsider = true;
}

bool schedule_change(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    if (machine->count > MANY && machine->running->kernel_code) {
        return schedule->reconsider;
    }
    schedule->counted++;
    while (schedule->change_count != 0 &&
           schedule->changes[schedule->change_count - 1] <= schedule->counted) {
        /* The first one gets the highest of these priorities. */
        schedule->priority[machine->running->index] = schedule->change_count--;
        schedule->reconsider = true;
    }
    return schedule->reconsider;
}
