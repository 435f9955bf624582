/* SPDX-License-Identifier: MIT */
/*
 * machine.h: run a machine until it ends, and supervise it.
 */
#pragma once

#include "load_set.h"
#include "outcome.h"
#include "qemu.h"
#include "shape.h"
#include "strategy.h"

enum machine_kind {
    MACHINE_QEMU,
    MACHINE_SIM, /* the deterministic one, in this process */
};

struct machine_options {
    enum machine_kind kind;
    struct machine_shape shape;
    struct qemu_options qemu; /* MACHINE_QEMU */
    /* MACHINE_SIM: */
    const struct load_set *set;
    uint64_t seed;
    struct strategy strategy;
    bool races; /* look for data races */
    bool on_violation_stop;
    /* Seconds for the whole run, on MACHINE_SIM virtual ones; 0 = no limit and no supervision (gdb). */
    uint32_t timeout;
    void (*tick)(void *context, int64_t elapsed_ms); /* about ten times a second, or NULL */
    void *context;
};

/*
 * machine_run: start the machine, fill the model, wait for the end.
 * => machine_result_free is due
 * => nothing of the machine is left afterwards, whatever happened
 */
void machine_run(const struct machine_options *options, struct run_model *model,
                 struct machine_result *result);

/* The same for each kind: machine_qemu.c, machine_sim.c. */
void machine_qemu_run(const struct machine_options *options, struct run_model *model,
                      struct machine_result *result);
void machine_sim_run(const struct machine_options *options, struct run_model *model,
                     struct machine_result *result);
