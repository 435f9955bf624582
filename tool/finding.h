/* SPDX-License-Identifier: MIT */
/*
 * finding.h: how the parts of outcome.c make findings.
 */
#pragma once

#include "outcome.h"

void outcome_add_note(struct outcome *outcome, char *text); /* takes the text */
struct finding *outcome_add_finding(struct outcome *outcome, const char *rule);

/*
 * finding_set_place: fill a finding's stack, and from it the driver's source line and function.
 * => frames[0] is an instruction, the others are return addresses
 */
void finding_set_place(struct outcome *outcome, struct finding *finding, const uint64_t *frames,
                       size_t count);

/*
 * finding_set_routine: name the routine of the call in which it happened; 0 = leave what there is.
 */
void finding_set_routine(struct outcome *outcome, struct finding *finding, uint64_t routine);

void finding_set_processor(struct finding *finding, uint32_t processor, uint32_t irql);

/*
 * outcome_place_text: "drv.sys!Name+0x12 (drv.c:41)" for a message; the caller frees.
 */
char *outcome_place_text(struct outcome *outcome, uint64_t address);

/*
 * outcome_judge_bug_check: the finding of the bug check that came.
 */
void outcome_judge_bug_check(struct outcome *outcome);

/*
 * outcome_judge_records: what the verifier has reported.
 */
void outcome_judge_records(struct outcome *outcome);
