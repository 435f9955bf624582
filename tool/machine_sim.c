/* SPDX-License-Identifier: MIT */
/*
 * machine_sim.c: the deterministic machine, run once, in this process.
 *
 * The host's clock is only looked at for the progress line.
 */
#define _GNU_SOURCE
#include "machine.h"

#include "interrupt.h"
#include "simulation.h"

#define PROGRESS_MS 100

struct sim_runner {
    const struct machine_options *options;
    struct run_model *model;
    int64_t started, shown; /* milliseconds of the host */
};

static const char *on_record(void *context, const struct record *record)
{
    struct sim_runner *runner = context;

    return run_model_take(runner->model, record);
}

static void show_progress(void *context)
{
    struct sim_runner *runner = context;
    int64_t elapsed = monotonic_ms() - runner->started;

    if (elapsed - runner->shown >= PROGRESS_MS) {
        runner->shown = elapsed;
        runner->options->tick(runner->options->context, elapsed);
    }
}

void machine_sim_run(const struct machine_options *options, struct run_model *model,
                     struct machine_result *result)
{
    struct sim_runner runner = { options, model, monotonic_ms(), 0 };
    struct simulation_options simulation_options = {
        .set = options->set,
        .shape = options->shape,
        .seed = options->seed,
        .strategy = options->strategy,
        .races = options->races,
        .on_violation_stop = options->on_violation_stop,
        .timeout = options->timeout,
        .visit = on_record,
        .heard = options->tick != NULL ? show_progress : NULL,
        .context = &runner,
    };
    struct simulation *simulation;

    interrupt_catch();
    simulation = simulation_create(&simulation_options);
    interrupt_stops(simulation->machine);
    simulation_run(simulation);
    interrupt_stops(NULL);
    simulation_judge(simulation, interrupt_caught(), result);
    simulation_destroy(simulation);
    interrupt_release();
}
