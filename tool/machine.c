/* SPDX-License-Identifier: MIT */
/* machine.c: which machine runs. */
#include "machine.h"

#include <string.h>

void machine_run(const struct machine_options *options, struct run_model *model,
                 struct machine_result *result)
{
    memset(result, 0, sizeof(*result));
    if (options->kind == MACHINE_SIM) {
        machine_sim_run(options, model, result);
    } else {
        machine_qemu_run(options, model, result);
    }
    run_model_finish(model);
}
