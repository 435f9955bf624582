/* SPDX-License-Identifier: MIT */
/*
 * sim_seen.h: what the deterministic machine has seen itself in a run
 * (sim/watch.h), kept until the run is judged.
 */
#pragma once

#include "../sim/watch.h"

/* All zero is empty. */
struct sim_seen {
    struct sim_finding *findings; /* in the order of their coming */
    size_t finding_count, finding_capacity;
    struct sim_wait *waits; /* by processor, NULL: not asked for */
    size_t wait_count;
};

/*
 * sim_seen_add: keep a copy of a finding, unless the same one is there.
 * => true if it is new; the same places in the code are the same finding, whichever processors
 *    and whatever address it was
 */
bool sim_seen_add(struct sim_seen *seen, const struct sim_finding *finding);

/*
 * sim_seen_wait: keep what each processor waits for.
 * => only the first time in a run counts: later they wait for the end
 */
void sim_seen_wait(struct sim_seen *seen, const struct sim_wait *waits, size_t count);

/*
 * sim_seen_clear: forget everything and free it.
 */
void sim_seen_clear(struct sim_seen *seen);
