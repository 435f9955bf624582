/* SPDX-License-Identifier: MIT */
/*
 * explore.c: `allcall explore`: many schedules of the same drivers on the simulator.
 */
#define _GNU_SOURCE
#include "explore.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "interrupt.h"
#include "progress.h"

/* create_shared: => false after a message */
static bool create_shared(struct explore *explore)
{
    explore->shared_size = sizeof(*explore->shared) + explore->coverage.size;
    explore->shared = mmap(NULL, explore->shared_size, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (explore->shared == MAP_FAILED) {
        explore->shared = NULL;
        complain("no memory for the workers: %s", strerror(errno));
        return false;
    }
    explore->shared->limit = explore->options.schedules;
    for (size_t shape = 0; shape < explore->options.shape_count; shape++) {
        explore->shared->steps[shape] = explore->options.run.strategy.steps;
    }
    return true;
}

/* boot_failed: a machine has ended before the drivers began: why? */
static void boot_failed(struct explore *explore, size_t shape)
{
    struct explore_verdict verdict;

    explore_judge(explore, shape, &verdict);
    explore->end = interrupt_caught() != 0 ? EXPLORE_INTERRUPTED : EXPLORE_FAILED;
    explore->failure_status = verdict.outcome.exit_status;
    explore->message = xstrdup(verdict.outcome.failure != NULL
                                   ? verdict.outcome.failure
                                   : "the machine stopped before any driver had started");
    explore_verdict_free(&verdict);
}

/* boot_all: a machine of each shape that has schedules.  => false after explore->end and message */
static bool boot_all(struct explore *explore)
{
    for (size_t shape = 0;
         shape < explore->options.shape_count && shape < explore->options.schedules; shape++) {
        progress_say(explore->progress, "starting %u processors",
                     explore->options.shapes[shape].processors);
        progress_draw(explore->progress, monotonic_ms() - explore->started);
        if (!explore_boot(explore, shape)) {
            boot_failed(explore, shape);
            return false;
        }
    }
    return true;
}

/* sum_up: what the workers have left behind. */
static void sum_up(struct explore *explore)
{
    struct explore_shared *shared = explore->shared;

    for (unsigned worker = 0; worker < EXPLORE_MAXIMUM_JOBS; worker++) {
        explore->done += shared->workers[worker].done;
        explore->suspicious += shared->workers[worker].suspicious;
    }
    explore_book_finish(explore, shared->limit);
    if (explore->end == EXPLORE_DONE && explore->options.run.on_violation_stop &&
        explore->bug_count != 0) {
        explore->end = EXPLORE_FOUND;
        explore->done = shared->limit;
        explore->suspicious = 1;
        for (size_t index = 0; index < explore->bug_count; index++) {
            explore->bugs[index].count = 1;
        }
    }
}

static void run_schedules(struct explore *explore)
{
    const struct strategy *strategy = &explore->options.run.strategy;

    if (strategy->kind == SIM_PCT && strategy->steps == 0) {
        explore_pool(explore, 1, explore_measure);
    }
    if (explore->end == EXPLORE_DONE) {
        explore_pool(explore, explore->options.jobs, explore_work);
    }
    sum_up(explore);
}

/* explore_all: => an exit status, after the report */
static int explore_all(struct explore *explore, FILE *text, FILE *json)
{
    int status;

    explore->symbols = load_set_symbols(&explore->set);
    coverage_open(&explore->coverage, &explore->set);
    if (!create_shared(explore)) {
        return EXIT_MACHINE;
    }
    interrupt_catch();
    if (boot_all(explore)) {
        run_schedules(explore);
    }
    progress_clear(explore->progress);
    explore->signal = interrupt_caught();
    interrupt_release();
    /* Once more, because the report runs machines, too; a signal that has come is no more of it. */
    interrupt_catch();
    status = explore_report(explore, text, json);
    interrupt_release();
    complain_lines(explore->message != NULL ? explore->message : "");
    return status;
}

static void close_explore(struct explore *explore)
{
    for (size_t shape = 0; shape < explore->options.shape_count; shape++) {
        explore_machine_free(&explore->machines[shape]);
        run_model_free(&explore->booted[shape]);
    }
    for (size_t index = 0; index < explore->bug_count; index++) {
        free(explore->bugs[index].key);
    }
    free(explore->bugs);
    free(explore->message);
    if (explore->shared != NULL) {
        munmap(explore->shared, explore->shared_size);
    }
    coverage_close(&explore->coverage);
    symbols_free(explore->symbols);
    load_set_close(&explore->set);
    requests_free(&explore->options.run.requests);
    free(explore->options.run.drivers);
}

int command_explore(int argc, char **argv)
{
    struct explore *explore = xcalloc(1, sizeof(*explore));
    struct progress progress;
    FILE *json = NULL, *text;
    int status, signal_number;

    explore_parse_options(&explore->options, argc, argv);
    explore->process = getpid();
    explore->started = monotonic_ms();
    explore->failure_status = EXIT_MACHINE;
    explore->progress = &progress;
    progress_begin(&progress);
    if (!json_file_open(explore->options.run.json, &json)) {
        free(explore);
        return EXIT_USAGE;
    }
    text = json == stdout ? NULL : stdout;
    status = load_set_open(&explore->set, explore->options.run.drivers,
                           explore->options.run.driver_count);
    if (status == EXIT_CLEAN) {
        status = explore_all(explore, text, json);
    }
    if (!json_file_close(explore->options.run.json, json)) {
        status = EXIT_USAGE;
    }
    signal_number = explore->signal;
    close_explore(explore);
    free(explore);
    if (signal_number != 0) {
        fflush(NULL);
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
    return status;
}
