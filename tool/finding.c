/* SPDX-License-Identifier: MIT */
/*
 * finding.c: make findings and notes, and say where they are.
 */
#include "finding.h"

#include <stdlib.h>
#include <string.h>

void outcome_add_note(struct outcome *outcome, char *text)
{
    grow_array(&outcome->notes, outcome->note_count, &outcome->note_capacity,
               sizeof(*outcome->notes));
    outcome->notes[outcome->note_count++] = text;
}

struct finding *outcome_add_finding(struct outcome *outcome, const char *rule)
{
    struct finding *finding;

    grow_array(&outcome->findings, outcome->finding_count, &outcome->finding_capacity,
               sizeof(*outcome->findings));
    finding = &outcome->findings[outcome->finding_count++];
    memset(finding, 0, sizeof(*finding));
    finding->rule = xstrdup(rule);
    return finding;
}

/* add_frame: append a frame to a finding's stack; the first one in a driver is where it is. */
static void add_frame(struct finding *finding, const struct place *place, struct place *best)
{
    finding->stack[finding->stack_count++] =
        xasprintf("%s%s%s", place->name, place->location[0] != '\0' ? " " : "", place->location);
    if (best->name[0] == '\0' || (place->in_driver && !best->in_driver)) {
        *best = *place;
    }
}

static void set_location(struct finding *finding, const struct place *best)
{
    if (best->name[0] != '\0') {
        finding->routine = xstrdup(best->name);
    }
    if (best->location[0] != '\0') {
        finding->location = xstrdup(best->location);
    }
}

void finding_set_frames(struct outcome *outcome, struct finding *finding,
                        const struct finding_frame *frames, size_t count)
{
    struct place place, best = { 0 };

    finding->stack = xcalloc(count, sizeof(*finding->stack));
    for (size_t index = 0; index < count; index++) {
        symbols_instruction(outcome->symbols, outcome->model, frames[index].address,
                            frames[index].returned, &place);
        add_frame(finding, &place, &best);
    }
    set_location(finding, &best);
}

void finding_set_place(struct outcome *outcome, struct finding *finding, const uint64_t *frames,
                       size_t count)
{
    struct place place, best = { 0 };

    finding->stack = xcalloc(count, sizeof(*finding->stack));
    for (size_t index = 0; index < count; index++) {
        symbols_place(outcome->symbols, outcome->model, frames[index], index != 0, &place);
        add_frame(finding, &place, &best);
    }
    set_location(finding, &best);
}

/*
 * finding_set_routine: name the routine of the call in which it happened.
 * => without a driver's frame, as when the routine's last call is a jump, it is where the routine is
 */
void finding_set_routine(struct outcome *outcome, struct finding *finding, uint64_t routine)
{
    struct place place;

    if (routine != 0) {
        symbols_place(outcome->symbols, outcome->model, routine, false, &place);
        free(finding->routine);
        finding->routine = xstrdup(place.name);
        if (finding->location == NULL && place.location[0] != '\0') {
            finding->location = xstrdup(place.location);
        }
    }
}

void finding_set_processor(struct finding *finding, uint32_t processor, uint32_t irql)
{
    finding->processor = processor;
    finding->irql = irql;
    finding->has_processor = true;
    finding->has_irql = true;
}

/* outcome_place_text: "drv.sys!Name+0x12 (drv.c:41)" for a message; the caller frees. */
char *outcome_place_text(struct outcome *outcome, uint64_t address)
{
    struct place place;
    const char *name;

    symbols_place(outcome->symbols, outcome->model, address, false, &place);
    name = place_short(&place);
    return place.location[0] != '\0' ? xasprintf("%s (%s)", name, place.location) : xstrdup(name);
}

char *outcome_line_text(struct outcome *outcome, uint64_t address, bool returned)
{
    struct place place;

    symbols_instruction(outcome->symbols, outcome->model, address, returned, &place);
    return xstrdup(place.location[0] != '\0' ? place.location : place_short(&place));
}
