/* SPDX-License-Identifier: MIT */
/*
 * machine_sim.c: the deterministic machine, run once, in this process.
 *
 * The host's clock is only looked at for the progress line, and its signals end
 * the machine before the next instruction.
 */
#define _GNU_SOURCE
#include "machine.h"

#include <signal.h>
#include <stdlib.h>

#include "simulation.h"

#define SIGNAL_STACK (64 * 1024u)
#define PROGRESS_MS  100

struct sim_runner {
    const struct machine_options *options;
    struct run_model *model;
    int64_t started, shown; /* milliseconds of the host */
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
        .timeout = options->timeout,
        .visit = on_record,
        .heard = options->tick != NULL ? show_progress : NULL,
        .context = &runner,
    };
    struct signal_state signals;
    struct simulation *simulation;

    catch_signals(&signals);
    simulation = simulation_create(&simulation_options);
    running = simulation->machine;
    if (caught != 0 && simulation->machine != NULL) {
        sim_stop(simulation->machine, SIM_FAILED, 0);
    }
    simulation_run(simulation);
    running = NULL;
    simulation_judge(simulation, caught, result);
    simulation_destroy(simulation);
    release_signals(&signals);
}
