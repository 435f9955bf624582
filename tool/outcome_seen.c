/* SPDX-License-Identifier: MIT */
/*
 * outcome_seen.c: the findings of what the deterministic machine has seen of the
 * contract.
 */
#include "finding.h"

#include <inttypes.h>
#include <stdlib.h>

#include "bugchecks.h"

/* The clause that each of sim/watch.h's findings breaks. */
static const char *const clauses[] = {
    [SIM_FOUND_LEVEL] = "C4",      [SIM_FOUND_EARLY] = "C5",   [SIM_FOUND_TWICE] = "C6",
    [SIM_FOUND_MISSED] = "C6",     [SIM_FOUND_CONTEXT] = "C6", [SIM_FOUND_STRAY] = "C6",
    [SIM_FOUND_UNFINISHED] = "C7", [SIM_FOUND_RESULT] = "C8",  [SIM_FOUND_CHANGED] = "C13",
    [SIM_FOUND_LOWERED] = "R6",
};

#define IPI_LEVEL 14u

/* describe_level: how the routine was entered. */
static char *describe_level(const struct sim_finding *seen, const char *routine)
{
    if (seen->actual == IPI_LEVEL) {
        return xasprintf("processor %u entered %s with interrupts off", seen->at.processor,
                         routine);
    }
    return xasprintf("processor %u entered %s at IRQL %" PRIu64 " (%s), not at IPI_LEVEL",
                     seen->at.processor, routine, seen->actual, irql_name((uint32_t)seen->actual));
}

/* describe: a finding in words; routine: the call's, in words. */
static char *describe(const struct sim_finding *seen, const char *routine)
{
    unsigned processor = seen->at.processor;

    switch (seen->found) {
    case SIM_FOUND_LEVEL:
        return describe_level(seen, routine);
    case SIM_FOUND_EARLY:
        return xasprintf("processor %u entered %s before processor %u had arrived", processor,
                         routine, seen->other.processor);
    case SIM_FOUND_TWICE:
        return xasprintf("processor %u entered %s a second time in one call", processor, routine);
    case SIM_FOUND_MISSED:
        return xasprintf("the call of %s by processor %u returned, but processor %u has not run it",
                         routine, processor, seen->other.processor);
    case SIM_FOUND_CONTEXT:
        return xasprintf("processor %u entered %s with Context 0x%" PRIX64
                         ", but the call was made with 0x%" PRIX64,
                         processor, routine, seen->actual, seen->expected);
    case SIM_FOUND_STRAY:
        return xasprintf("processor %u entered %s, though no call of it is pending", processor,
                         routine);
    case SIM_FOUND_UNFINISHED:
        return xasprintf("the call of %s by processor %u returned while processor %u still ran it",
                         routine, processor, seen->other.processor);
    case SIM_FOUND_RESULT:
        return xasprintf("the call of %s by processor %u returned 0x%" PRIX64
                         ", but the routine had returned 0x%" PRIX64 " there",
                         routine, processor, seen->actual, seen->expected);
    case SIM_FOUND_CHANGED:
        return xasprintf("%s of what processor %u was doing is 0x%" PRIX64
                         " after the call of %s; it was 0x%" PRIX64 " before",
                         seen->what != NULL ? seen->what : "a register", processor, seen->actual,
                         routine, seen->expected);
    case SIM_FOUND_LOWERED:
        return xasprintf("%s returned at IRQL %" PRIu64 " (%s) on processor %u, not at IPI_LEVEL",
                         routine, seen->actual, irql_name((uint32_t)seen->actual), processor);
    case SIM_FOUND_RACE:
        break;
    }
    return NULL;
}

/* set_place: where it was, and the driver's call in which it was. */
static void set_place(struct outcome *outcome, struct finding *finding,
                      const struct sim_place *place, uint64_t caller)
{
    struct finding_frame frames[] = { { place->address, place->returns }, { caller, true } };
    size_t count = caller != 0 && caller != place->address ? 2 : 1;

    finding_set_processor(finding, place->processor, place->irql);
    finding_set_frames(outcome, finding, frames, count);
}

/* second_side: where the other processor was. */
static struct finding *second_side(struct outcome *outcome, const struct sim_finding *seen,
                                   const char *rule)
{
    struct finding *other = xcalloc(1, sizeof(*other));
    char *where = outcome_place_text(outcome, seen->other.address);

    other->rule = xstrdup(rule);
    other->message = xasprintf("processor %u was at %s", seen->other.processor, where);
    set_place(outcome, other, &seen->other, 0);
    free(where);
    return other;
}

static void judge_one(struct outcome *outcome, const struct sim_finding *seen)
{
    char *routine =
        seen->routine != 0 ? outcome_place_text(outcome, seen->routine) : xstrdup("the routine");
    char *message = describe(seen, routine);

    if (message != NULL) {
        struct finding *finding = outcome_add_finding(outcome, clauses[seen->found]);

        finding->message = message;
        set_place(outcome, finding, &seen->at, seen->caller);
        finding_set_routine(outcome, finding, seen->routine);
        if (seen->other.address != 0) {
            finding->other = second_side(outcome, seen, clauses[seen->found]);
        }
    }
    free(routine);
}

void outcome_judge_seen(struct outcome *outcome)
{
    const struct sim_seen *seen = &outcome->result->seen;

    for (size_t index = 0; index < seen->finding_count; index++) {
        if (seen->findings[index].found == SIM_FOUND_RACE) {
            outcome_judge_race(outcome, &seen->findings[index]);
        } else {
            judge_one(outcome, &seen->findings[index]);
        }
    }
}
