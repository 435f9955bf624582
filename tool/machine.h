/* SPDX-License-Identifier: MIT */
/*
 * machine.h: run a machine until it ends, and supervise it.
 */
#pragma once

#include "outcome.h"
#include "qemu.h"

struct machine_options {
    struct qemu_options qemu;
    uint32_t timeout; /* seconds for the whole run, 0 = no limit and no supervision (gdb) */
    void (*tick)(void *context, int64_t elapsed_ms); /* about ten times a second, or NULL */
    void *context;
};

/*
 * machine_run: start the machine, fill the model, wait for the end.
 * => result->text and result->places are the caller's to free
 * => nothing of the machine is left afterwards, whatever happened
 */
void machine_run(const struct machine_options *options, struct run_model *model,
                 struct machine_result *result);
