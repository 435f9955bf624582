/* SPDX-License-Identifier: MIT */
/*
 * simulation.h: the deterministic machine as the command uses it: made from a
 * load set and a shape, its report channel taken apart, its end judged.
 *
 * machine_sim.c runs one for `allcall run`; explore runs one again and again.
 */
#pragma once

#include "../sim/sim.h"
#include "load_set.h"
#include "shape.h"
#include "strategy.h"

struct simulation_options {
    const struct load_set *set;
    struct machine_shape shape;
    uint64_t seed;
    struct strategy strategy;
    bool races;       /* look for data races */
    bool restartable; /* simulation_run returns when the drivers begin, for simulation_restart */
    uint32_t timeout; /* seconds of the machine's own time for the whole run */
    bool on_violation_stop; /* the run ends at the first finding that is no bug check */
    /* Told of each record, as in records.h. */
    record_visitor *visit;
    /* After each piece of the report channel; may stop the machine; or NULL. */
    void (*heard)(void *context);
    void *context; /* of both */
};

struct simulation {
    struct simulation_options options;
    struct sim_machine *machine; /* NULL: it could not be made, end.message says why */
    struct sim_result end;       /* of the last run */
    struct records_parser parser;
    struct records_parser parser_begun; /* as it was when the drivers began */
    bool violated;                      /* the run was ended at a finding */
    struct sim_file *drivers;
    char *kernel_options;
    struct sim_seen seen; /* by the machine itself, in this run */
};

/*
 * simulation_create: a machine that has not run yet.
 * => if it cannot be made, simulation_run does nothing and simulation_judge says why
 */
struct simulation *simulation_create(const struct simulation_options *options);

/*
 * simulation_run: run the machine to its end, or, if it is restartable, to where the drivers begin.
 * => end.end is SIM_BEGUN there
 */
void simulation_run(struct simulation *simulation);

/*
 * simulation_restart: back to where the drivers began, for another schedule; simulation_run goes on.
 * => only after simulation_run has ended with SIM_BEGUN once
 */
void simulation_restart(struct simulation *simulation, uint64_t seed, uint64_t steps);

/*
 * simulation_judge: how the run has ended; signal: that which stopped it, 0 = none.
 * => result is as after machine_run; what the machine has seen is moved to it
 */
void simulation_judge(struct simulation *simulation, int signal, struct machine_result *result);

void simulation_destroy(struct simulation *simulation);
