/* SPDX-License-Identifier: MIT */
/*
 * explore_worker.c: a process that runs schedules, and tells the parent of
 * those that show something.
 *
 * It inherits the booted machines.  If it is stopped or dies, the schedule that
 * it was at is not counted.  It never outlives its parent.
 */
#define _GNU_SOURCE
#include "explore.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "interrupt.h"

#define LIFETIME 500u /* schedules; the engines keep what they have translated, until there is no memory */

static void write_all(int pipe, const void *bytes, size_t length)
{
    const char *next = bytes;

    while (length != 0) {
        ssize_t written = write(pipe, next, length);

        if (written < 0 && errno != EINTR) {
            _exit(EXIT_MACHINE);
        }
        next += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
}

static void tell(int pipe, enum explore_message_kind kind, uint64_t number, const char *text)
{
    struct explore_message message = { number, kind, (uint32_t)strlen(text) };

    write_all(pipe, &message, sizeof(message));
    write_all(pipe, text, message.length);
}

/* tell_bugs: each bug of a schedule once. */
static void tell_bugs(const struct outcome *outcome, uint64_t number, int pipe)
{
    char **keys = xcalloc(outcome->finding_count + 1, sizeof(*keys));

    for (size_t index = 0; index < outcome->finding_count; index++) {
        bool new = true;

        keys[index] = explore_key(&outcome->findings[index]);
        for (size_t before = 0; before < index && new; before++) {
            new = strcmp(keys[before], keys[index]) != 0;
        }
        if (new) {
            tell(pipe, EXPLORE_BUG, number, keys[index]);
        }
    }
    for (size_t index = 0; index < outcome->finding_count; index++) {
        free(keys[index]);
    }
    free(keys);
}

/* judge: a schedule that is not clean.  => false: the machine is to blame */
static bool judge(struct explore *explore, uint64_t number, int pipe)
{
    struct explore_verdict verdict;
    bool good;

    explore_judge(explore, explore_shape_of(explore, number), &verdict);
    good = verdict.outcome.failure == NULL;
    if (good) {
        tell_bugs(&verdict.outcome, number, pipe);
    } else {
        tell(pipe,
             verdict.outcome.exit_status == EXIT_USAGE ? EXPLORE_MISUSE : EXPLORE_TROUBLE, number,
             verdict.outcome.failure);
    }
    explore_verdict_free(&verdict);
    return good;
}

/* work_on: one schedule.  => false: no more */
static bool work_on(struct explore *explore, unsigned worker, uint64_t number, int pipe)
{
    bool clean, good;

    explore->shared->workers[worker].current = number;
    clean = explore_run(explore, number);
    if (interrupt_caught() != 0) {
        return false;
    }
    good = clean || judge(explore, number, pipe);
    explore->shared->workers[worker].done += good;
    explore->shared->workers[worker].suspicious += good && !clean;
    explore->shared->workers[worker].current = 0;
    return good;
}

/* begin: what a worker does first; parent: whose child it is. */
static void begin(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(EXIT_MACHINE);
    }
    interrupt_serve();
}

static bool has_run(void *machine, int driver, uint32_t rva)
{
    return sim_covered(machine, driver, rva);
}

/* collect: what has run in this process. */
static void collect(struct explore *explore)
{
    for (size_t shape = 0; shape < explore->options.shape_count; shape++) {
        struct explore_machine *machine = &explore->machines[shape];

        if (machine->begun) {
            coverage_collect(&explore->coverage, &explore->booted[shape], has_run,
                             machine->simulation->machine, explore->shared->covered);
        }
    }
}

void explore_work(struct explore *explore, unsigned worker, int pipe)
{
    struct explore_shared *shared = explore->shared;
    unsigned rest = LIFETIME;
    uint64_t number;

    begin(explore->process);
    do {
        if (rest-- == 0) {
            collect(explore);
            _exit(EXPLORE_WORN);
        }
        number = ++shared->next;
    } while (number <= shared->limit && interrupt_caught() == 0 &&
             work_on(explore, worker, number, pipe));
    collect(explore);
    _exit(EXIT_CLEAN);
}

void explore_measure(struct explore *explore, unsigned worker, int pipe)
{
    (void)worker;
    (void)pipe;
    begin(explore->process);
    for (size_t shape = 0; shape < explore->options.shape_count; shape++) {
        explore->shared->steps[shape] = STRATEGY_USUAL_STEPS;
        if (explore->machines[shape].begun && interrupt_caught() == 0) {
            uint64_t decisions;

            explore_run(explore, shape + 1);
            decisions = explore->machines[shape].simulation->end.decisions;
            explore->shared->steps[shape] =
                decisions < 1 ? 1
                              : decisions > STRATEGY_MAXIMUM_STEPS ? STRATEGY_MAXIMUM_STEPS
                                                                   : decisions;
        }
    }
    _exit(EXIT_CLEAN);
}
