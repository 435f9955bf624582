/* SPDX-License-Identifier: MIT */
/*
 * outcome_race.c: the finding of a data race, with both sides and the steps that
 * led to it.
 */
#include "finding.h"

#include <stdlib.h>
#include <string.h>

/* accesses[] of a race. */
enum { LATER, EARLIER };

/* A variable as a message calls it. */
struct variable {
    char *text;        /* "drv.sys!Table+0x18" */
    size_t own_length; /* without the offset */
};

static struct variable variable_of(struct outcome *outcome, const struct sim_access *access)
{
    struct variable variable;

    variable.own_length = symbols_variable(outcome->symbols, outcome->model, access->target,
                                           access->size, &variable.text);
    return variable;
}

static const char *verb_of(enum sim_access_kind kind)
{
    return kind == SIM_READS ? "reads" : kind == SIM_WRITES ? "writes" : "changes";
}

/* manner_of: what follows what is accessed. */
static const char *manner_of(enum sim_access_kind kind)
{
    return kind == SIM_LOCKED ? " by a locked instruction" : "";
}

/* describe_access: "reads drv.sys!Counter (4 bytes)"; the caller frees. */
static char *describe_access(struct outcome *outcome, const struct sim_access *access)
{
    struct variable variable = variable_of(outcome, access);
    char *text = xasprintf("%s %s (%u byte%s)%s", verb_of(access->kind), variable.text,
                           access->size, access->size == 1 ? "" : "s", manner_of(access->kind));

    free(variable.text);
    return text;
}

/* describe_race: the later access, and what nothing orders it with. */
static char *describe_race(struct outcome *outcome, const struct sim_finding *race)
{
    const struct sim_access *later = &race->accesses[LATER], *earlier = &race->accesses[EARLIER];
    bool same = later->target == earlier->target && later->size == earlier->size;
    char *what = describe_access(outcome, later);
    char *other = same ? xasprintf("%s it%s", verb_of(earlier->kind), manner_of(earlier->kind))
                       : describe_access(outcome, earlier);
    char *where = outcome_line_text(outcome, later->place.address, later->place.returns);
    char *there = outcome_line_text(outcome, earlier->place.address, earlier->place.returns);
    char *text =
        xasprintf("processor %u %s at %s, and nothing orders that with processor %u, which "
                  "%s at %s",
                  later->place.processor, what, where, earlier->place.processor, other, there);

    free(what);
    free(other);
    free(where);
    free(there);
    return text;
}

/* set_side: processor, stack, routine and location of one side. */
static void set_side(struct outcome *outcome, struct finding *side, const struct sim_access *access)
{
    struct finding_frame frame = { access->place.address, access->place.returns };

    finding_set_processor(side, access->place.processor, access->place.irql);
    finding_set_frames(outcome, side, &frame, 1);
}

/* short_name: a variable without the image's name, if that is the image of the code that names it.
 */
static const char *short_name(struct outcome *outcome, const char *variable, uint64_t target,
                              uint64_t code)
{
    const struct run_image *image = run_find_image(outcome->model, target);
    size_t length;

    if (image == NULL || image != run_find_image(outcome->model, code)) {
        return variable;
    }
    length = strlen(image->name);
    return variable[length] == '!' || variable[length] == ' ' ? variable + length + 1 : variable;
}

/* repeats: is an access the previous step again? */
static bool repeats(const struct sim_access *access, const struct sim_access *previous)
{
    return access->place.processor == previous->place.processor &&
           access->place.address == previous->place.address && access->kind == previous->kind &&
           access->target == previous->target;
}

static void add_step(struct outcome *outcome, struct finding *finding,
                     const struct sim_access *access, bool unordered)
{
    struct variable variable = variable_of(outcome, access);
    struct finding_step *step = &finding->history[finding->history_count++];

    *step = (struct finding_step){
        .processor = access->place.processor,
        .irql = access->place.irql,
        .location = outcome_line_text(outcome, access->place.address, access->place.returns),
        .text = xasprintf("%s %s%s", verb_of(access->kind),
                          short_name(outcome, variable.text, access->target, access->place.address),
                          manner_of(access->kind)),
        .unordered = unordered,
        .repeat = 1,
    };
    free(variable.text);
}

/*
 * find_step: where in the history an access of the race is.
 * => a later one that repeats it will do: of what is repeated, the history may have the last only
 * => history_count if there is none
 */
static size_t find_step(const struct sim_finding *race, const struct sim_access *access)
{
    size_t index = 0;

    while (index < race->history_count &&
           !(repeats(access, &race->history[index]) &&
             race->history[index].place.time >= access->place.time)) {
        index++;
    }
    return index;
}

/* The history of a race, with its two accesses in it in any case. */
struct steps {
    struct sim_access accesses[SIM_HISTORY + 2];
    size_t count, unordered[2];
};

static void gather(const struct sim_finding *race, struct steps *steps)
{
    const size_t none = race->history_count;
    size_t earlier = find_step(race, &race->accesses[EARLIER]);
    size_t later = find_step(race, &race->accesses[LATER]);

    steps->count = 0;
    if (earlier == none) {
        steps->accesses[steps->count++] = race->accesses[EARLIER];
    }
    steps->unordered[EARLIER] = earlier == none ? 0 : earlier;
    steps->unordered[LATER] = later + steps->count;
    for (size_t index = 0; index < race->history_count; index++) {
        steps->accesses[steps->count++] = race->history[index];
    }
    if (later == none) {
        steps->accesses[steps->count++] = race->accesses[LATER];
    }
}

static bool overlap(const struct sim_access *left, const struct sim_access *right)
{
    return left->target < right->target + right->size && right->target < left->target + left->size;
}

/*
 * is_shared: is it about what the race is about, or does the other processor touch the same, and one
 * of the two changes it?
 */
static bool is_shared(const struct sim_finding *race, const struct steps *steps,
                      const struct sim_access *access)
{
    if (overlap(access, &race->accesses[LATER]) || overlap(access, &race->accesses[EARLIER])) {
        return true;
    }
    for (size_t index = 0; index < steps->count; index++) {
        const struct sim_access *other = &steps->accesses[index];

        if (other->place.processor != access->place.processor && overlap(other, access) &&
            (other->kind != SIM_READS || access->kind != SIM_READS)) {
            return true;
        }
    }
    return false;
}

/*
 * set_history: what both processors did up to the race with what they share; the same again and
 * again is one step.
 */
static void set_history(struct outcome *outcome, struct finding *finding,
                        const struct sim_finding *race)
{
    const struct sim_access *last = NULL; /* the step before, unless it is one of the two */
    struct steps steps;

    gather(race, &steps);
    finding->history = xcalloc(steps.count, sizeof(*finding->history));
    for (size_t index = 0; index < steps.count; index++) {
        const struct sim_access *access = &steps.accesses[index];
        bool unordered = index == steps.unordered[LATER] || index == steps.unordered[EARLIER];

        if (!unordered && !is_shared(race, &steps, access)) {
            continue;
        }
        if (!unordered && last != NULL && repeats(access, last)) {
            finding->history[finding->history_count - 1].repeat++;
        } else {
            add_step(outcome, finding, access, unordered);
        }
        last = unordered ? NULL : access;
    }
}

/* key_of: lines and variable of a race, whichever side came first; the caller frees. */
static char *key_of(struct outcome *outcome, const struct sim_finding *race)
{
    struct variable variable = variable_of(outcome, &race->accesses[LATER]);
    char *lines[2];
    char *key;
    int first;

    for (int side = 0; side < 2; side++) {
        const struct sim_place *place = &race->accesses[side].place;

        lines[side] = outcome_line_text(outcome, place->address, place->returns);
    }
    first = strcmp(lines[0], lines[1]) <= 0 ? 0 : 1;
    key = xasprintf("%.*s|%s|%s", (int)variable.own_length, variable.text, lines[first],
                    lines[1 - first]);
    free(variable.text);
    free(lines[0]);
    free(lines[1]);
    return key;
}

/* is_known: is the finding of an earlier race in the list about the same lines and variable? */
static bool is_known(struct outcome *outcome, const struct sim_finding *race)
{
    const struct sim_seen *seen = &outcome->result->seen;
    char *key = key_of(outcome, race);
    bool known = false;

    for (size_t index = 0; index < seen->finding_count && &seen->findings[index] != race && !known;
         index++) {
        if (seen->findings[index].found == SIM_FOUND_RACE) {
            char *other = key_of(outcome, &seen->findings[index]);

            known = strcmp(key, other) == 0;
            free(other);
        }
    }
    free(key);
    return known;
}

void outcome_judge_race(struct outcome *outcome, const struct sim_finding *race)
{
    struct finding *finding, *other;

    if (is_known(outcome, race)) {
        return;
    }
    finding = outcome_add_finding(outcome, "race");
    finding->message = describe_race(outcome, race);
    set_side(outcome, finding, &race->accesses[LATER]);
    set_history(outcome, finding, race);
    other = xcalloc(1, sizeof(*other));
    other->rule = xstrdup("race");
    other->message = describe_access(outcome, &race->accesses[EARLIER]);
    set_side(outcome, other, &race->accesses[EARLIER]);
    finding->other = other;
}
