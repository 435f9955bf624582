/* SPDX-License-Identifier: MIT */
/*
 * strategy.h: how the simulator's scheduler decides, as the command line says
 * it: "random", or "pct:D:K".
 *
 * Reference: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized
 * Scheduler with Probabilistic Guarantees of Finding Bugs" (ASPLOS 2010).
 */
#pragma once

#include "common.h"
#include "../sim/sim.h"

#define STRATEGY_USUAL_DEPTH   3u
#define STRATEGY_USUAL_STEPS   1000u /* of a run that was not measured */
#define STRATEGY_MAXIMUM_DEPTH 64u
#define STRATEGY_MAXIMUM_STEPS 1000000000000u

struct strategy {
    enum sim_strategy kind;
    unsigned depth; /* SIM_PCT: d */
    uint64_t steps; /* SIM_PCT: k; 0 = not said */
};

/*
 * strategy_parse: "random", "pct", "pct:D" or "pct:D:K".
 * => false if text is anything else
 */
bool strategy_parse(const char *text, struct strategy *strategy);

/*
 * strategy_text: as strategy_parse reads it; the caller frees.
 */
char *strategy_text(const struct strategy *strategy);

/*
 * strategy_chance: PCT's guarantee: a bug of that depth shows in one schedule with at least this
 * probability, 1 / (n k^(d-1)).
 */
double strategy_chance(const struct strategy *strategy, unsigned processors);

/*
 * strategy_chance_of_any: .. in at least one of so many schedules.
 */
double strategy_chance_of_any(double chance, uint64_t schedules);
