/* SPDX-License-Identifier: MIT */
/*
 * machine_sim.c: the deterministic machine, run in this process.
 *
 * Nothing here looks at the host's clock but the progress line: --timeout and
 * the watchdog's silence count the machine's own time.  A call that does not end
 * is reported by the kernel, where the clock does not tick any more with the help
 * of the machine's NMI (C18); a budget of instructions, which follows from the
 * options alone, ends whatever else goes on for ever.
 */
#define _GNU_SOURCE
#include "machine.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/cpu.h"

#define MIB           (1024 * 1024u)
#define BUDGET_SHARE  5u
#define BUDGET_MARGIN 2u /* seconds beyond twice the watchdog's */
#define SIGNAL_STACK  (64 * 1024u)
#define PROGRESS_MS   100

struct simulation {
    const struct machine_options *options;
    struct machine_result *result;
    struct run_model *model;
    struct sim_machine *machine;
    struct records_parser parser;
    int64_t started, shown; /* milliseconds of the host, for the progress line */
};

static const int caught_signals[] = { SIGINT, SIGTERM, SIGHUP };

#define CAUGHT_COUNT (sizeof(caught_signals) / sizeof(caught_signals[0]))

static struct sim_machine *volatile running;
static volatile sig_atomic_t caught;

/* on_signal: the machine ends before its next instruction; a second signal ends the process. */
static void on_signal(int number)
{
    caught = number;
    if (running != NULL) {
        sim_stop(running, SIM_FAILED, 0);
    }
}

/* The processors' stacks are small, so signals have one of their own. */
struct signal_state {
    struct sigaction before[CAUGHT_COUNT];
    stack_t stack_before;
    void *stack;
};

static void catch_signals(struct signal_state *state)
{
    struct sigaction action = { .sa_handler = on_signal,
                                .sa_flags = SA_ONSTACK | SA_RESTART | (int)SA_RESETHAND };
    stack_t stack = { .ss_sp = xmalloc(SIGNAL_STACK), .ss_size = SIGNAL_STACK };

    state->stack = stack.ss_sp;
    sigaltstack(&stack, &state->stack_before);
    sigemptyset(&action.sa_mask);
    caught = 0;
    for (size_t index = 0; index < CAUGHT_COUNT; index++) {
        sigaction(caught_signals[index], &action, &state->before[index]);
    }
}

static void release_signals(struct signal_state *state)
{
    for (size_t index = 0; index < CAUGHT_COUNT; index++) {
        sigaction(caught_signals[index], &state->before[index], NULL);
    }
    sigaltstack(&state->stack_before, NULL);
    free(state->stack);
}

static void show_progress(struct simulation *simulation)
{
    const struct machine_options *options = simulation->options;
    int64_t elapsed = monotonic_ms() - simulation->started;

    if (options->tick != NULL && elapsed - simulation->shown >= PROGRESS_MS) {
        simulation->shown = elapsed;
        options->tick(options->context, elapsed);
    }
}

/* on_report: bytes of the report channel, and the moment to look at the machine's clock. */
static void on_report(void *context, const uint8_t *bytes, size_t length)
{
    struct simulation *simulation = context;
    const struct machine_options *options = simulation->options;

    if (records_feed(&simulation->parser, bytes, length, run_model_take, simulation->model) ==
        RECORDS_BAD) {
        sim_stop(simulation->machine, SIM_STOPPED, 0);
        return;
    }
    if (simulation->parser.state != RECORDS_ENDED &&
        sim_now(simulation->machine) / SIM_FREQUENCY >= options->timeout) {
        sim_stop(simulation->machine, SIM_BUDGET, 0);
    }
    show_progress(simulation);
}

/*
 * budget: a fifth of --timeout's time without a pause, or what the watchdog needs, if that is more.
 * => instructions of all processors together; each takes a tick, so none are left after --timeout
 */
static uint64_t budget(const struct machine_options *options)
{
    uint64_t seconds = options->timeout / BUDGET_SHARE;
    uint64_t least = 2 * options->shape.watchdog + BUDGET_MARGIN;

    seconds = seconds < least ? least : seconds;
    return (seconds > options->timeout ? options->timeout : seconds) * SIM_FREQUENCY;
}

static struct sim_file file_of(const char *name, const struct load_file *file)
{
    return (struct sim_file){ name, file->bytes, file->size };
}

/* create: => NULL after result->message */
static struct sim_machine *create(struct simulation *simulation, const char *kernel_options,
                                  struct sim_file *drivers, struct sim_result *result)
{
    const struct machine_options *options = simulation->options;
    const struct load_set *set = options->set;
    struct sim_options sim = {
        .processors = options->shape.processors,
        .memory = (uint64_t)shape_memory_mib(&options->shape) * MIB,
        .seed = options->seed,
        .kernel_options = kernel_options,
        .kernel = file_of("ntoskrnl.exe", &set->ntoskrnl),
        .hal = file_of("hal.dll", &set->hal),
        .drivers = drivers,
        .driver_count = set->driver_count,
        .budget = budget(options),
        .silence = (uint64_t)options->shape.watchdog * SIM_FREQUENCY,
        .report = on_report,
        .context = simulation,
    };

    for (size_t index = 0; index < set->driver_count; index++) {
        drivers[index] = file_of(set->drivers[index].name, &set->drivers[index]);
    }
    return sim_create(&sim, result);
}

/* note_places: where each processor is. */
static void note_places(struct simulation *simulation)
{
    struct machine_result *result = simulation->result;

    result->place_count = sim_processor_count(simulation->machine);
    result->places = xcalloc(result->place_count, sizeof(*result->places));
    for (size_t index = 0; index < result->place_count; index++) {
        result->places[index] = sim_processor(simulation->machine, (unsigned)index)->address;
    }
}

/* judge_budget: the machine did not end by itself: what has it used up? */
static void judge_budget(struct simulation *simulation)
{
    struct machine_result *result = simulation->result;
    note_places(simulation);
    if (sim_now(simulation->machine) / SIM_FREQUENCY >= simulation->options->timeout) {
        result->end = MACHINE_TIMEOUT;
    } else {
        result->end = MACHINE_SPENT;
        result->text = xasprintf("%" PRIu64 " million instructions",
                                 budget(simulation->options) / 1000000);
    }
}

static void judge(struct simulation *simulation, const struct sim_result *sim)
{
    struct machine_result *result = simulation->result;

    if (simulation->parser.state == RECORDS_BAD) {
        result->end = MACHINE_BAD_RECORD;
        result->text = xasprintf("%s, byte %" PRIu64 " of the channel", simulation->parser.reason,
                                 simulation->parser.offset);
    } else if (simulation->parser.state == RECORDS_ENDED) {
        result->end = MACHINE_ENDED;
    } else if (caught != 0) {
        result->end = MACHINE_INTERRUPTED;
        result->signal = caught;
    } else if (sim->end == SIM_BUDGET) {
        judge_budget(simulation);
    } else if (sim->end == SIM_SILENT) {
        note_places(simulation);
        result->end = MACHINE_SILENT;
    } else if (sim->end == SIM_DEADLOCK) {
        note_places(simulation);
        result->end = MACHINE_DEADLOCK;
    } else if (sim->end == SIM_FAILED) {
        result->end = MACHINE_FAILED;
        result->text = xasprintf("the simulator cannot go on: %s", sim->message);
    } else {
        result->end = MACHINE_STOPPED;
    }
}

void machine_sim_run(const struct machine_options *options, struct run_model *model,
                     struct machine_result *result)
{
    struct simulation *simulation = xcalloc(1, sizeof(*simulation));
    struct sim_file *drivers = xcalloc(options->set->driver_count + 1, sizeof(*drivers));
    char *kernel_options = shape_kernel_options(&options->shape);
    struct signal_state signals;
    struct sim_result sim = { 0 };

    simulation->options = options;
    simulation->result = result;
    simulation->model = model;
    simulation->started = monotonic_ms();
    records_begin(&simulation->parser);
    catch_signals(&signals);
    simulation->machine = create(simulation, kernel_options, drivers, &sim);
    if (simulation->machine != NULL) {
        running = simulation->machine;
        if (caught != 0) {
            sim_stop(running, SIM_FAILED, 0);
        }
        sim_run(simulation->machine, &sim);
        running = NULL;
    }
    judge(simulation, &sim);
    sim_destroy(simulation->machine);
    release_signals(&signals);
    free(kernel_options);
    free(drivers);
    free(simulation);
}
