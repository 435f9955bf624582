/* SPDX-License-Identifier: MIT */
/*
 * bench_sim.h: how many empty calls the simulator does in a second of this host.
 */
#pragma once

#include <stdio.h>

#include "json.h"
#include "load_set.h"

#define BENCH_SIM_COUNTS 3u

struct bench_sim_figure {
    uint32_t processors;
    uint32_t target;         /* calls per second, with verification and race detection off */
    double plain, checked;   /* calls per second: both off, both on */
};

struct bench_sim {
    struct bench_sim_figure figures[BENCH_SIM_COUNTS];
    double jobs_gain; /* by a second process, at the fewest processors */
};

/*
 * bench_sim_measure: takes some ten seconds.
 * => false after a message
 */
bool bench_sim_measure(const struct load_set *set, struct bench_sim *bench);

void bench_sim_text(const struct bench_sim *bench, FILE *file);

/*
 * bench_sim_json: as a member of the object that is open.
 */
void bench_sim_json(const struct bench_sim *bench, struct json *json);
