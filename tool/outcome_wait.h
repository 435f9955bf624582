/* SPDX-License-Identifier: MIT */
/*
 * outcome_wait.h: who waits for whom in a run that does not go on, as the
 * deterministic machine has seen it.
 */
#pragma once

#include "finding.h"

/*
 * outcome_waits_known: has the machine said what its processors wait for?
 */
bool outcome_waits_known(const struct outcome *outcome);

/*
 * outcome_is_late: does a processor keep the pending call from ending?
 */
bool outcome_is_late(const struct outcome *outcome, uint32_t processor);

/*
 * outcome_is_idle: has it nothing to do?
 */
bool outcome_is_idle(const struct outcome *outcome, uint32_t processor);

/*
 * outcome_wait_text: "processor 2 is in the routine and spins in KeAcquireSpinLock ..".
 * => NULL if nothing is known; the caller frees
 */
char *outcome_wait_text(struct outcome *outcome, uint32_t processor);

/*
 * outcome_wait_call: the routine of the call that is pending, 0 = none is.
 */
uint64_t outcome_wait_call(const struct outcome *outcome);

/*
 * outcome_wait_cycle: does some processor wait, in the end, for itself?
 */
bool outcome_wait_cycle(const struct outcome *outcome);

/*
 * outcome_set_waits: fill a finding's waits with the processors that matter, each followed by those
 * that it waits for.
 */
void outcome_set_waits(struct outcome *outcome, struct finding *finding);
