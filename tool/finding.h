/* SPDX-License-Identifier: MIT */
/*
 * finding.h: how the parts of outcome.c make findings.
 */
#pragma once

#include "outcome.h"

void outcome_add_note(struct outcome *outcome, char *text); /* takes the text */
struct finding *outcome_add_finding(struct outcome *outcome, const char *rule);

/* An address of a stack. */
struct finding_frame {
    uint64_t address;
    bool returned; /* it is a return address */
};

/*
 * finding_set_frames: fill a finding's stack, innermost first, and from it the driver's source line
 * and function.
 */
void finding_set_frames(struct outcome *outcome, struct finding *finding,
                        const struct finding_frame *frames, size_t count);

/*
 * finding_set_place: the same of plain addresses; the first may be a function's own.
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
 * outcome_line_text: "drv.c:41", or "drv.sys!Name+0x12" where no line is known; the caller frees.
 */
char *outcome_line_text(struct outcome *outcome, uint64_t address, bool returned);

/*
 * outcome_judge_seen: what the deterministic machine has seen itself.
 */
void outcome_judge_seen(struct outcome *outcome);

/*
 * outcome_judge_race: add the finding of a race, unless one of the same lines and variable is
 * there.
 */
void outcome_judge_race(struct outcome *outcome, const struct sim_finding *race);

/*
 * outcome_judge_bug_check: the finding of the bug check that came.
 */
void outcome_judge_bug_check(struct outcome *outcome);

/*
 * outcome_judge_records: what the verifier has reported.
 */
void outcome_judge_records(struct outcome *outcome);

/*
 * outcome_judge_end: what the way in which the machine ended adds.
 */
void outcome_judge_end(struct outcome *outcome);
