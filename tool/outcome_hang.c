/* SPDX-License-Identifier: MIT */
/*
 * outcome_hang.c: the findings of a run that did not come to its end by itself.
 */
#include "outcome_wait.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_PROCESSORS 8u

/* is_requesting: have all drivers been started, and none been stopped yet? */
static bool is_requesting(const struct outcome *outcome)
{
    for (size_t index = 0; index < outcome->model->driver_count; index++) {
        if (outcome->model->drivers[index].last_step != RecordDriverReturned) {
            return false;
        }
    }
    return true;
}

/* busy_text: " in DriverEntry of drv.sys", whose driver's turn it was; the caller frees. */
static char *busy_text(const struct outcome *outcome)
{
    const struct run_driver *latest = NULL; /* one driver's routine may load another driver */
    size_t place = 0;

    for (size_t index = 0; index < outcome->model->driver_count; index++) {
        const struct run_driver *driver = &outcome->model->drivers[index];

        if ((driver->last_step == RecordDriverStarted ||
             driver->last_step == RecordDriverUnloading) &&
            (latest == NULL || driver->last_place > latest->last_place)) {
            latest = driver;
            place = index;
        }
    }
    if (latest != NULL) {
        return xasprintf(" in %s of %s",
                         latest->last_step == RecordDriverStarted ? "DriverEntry" : "DriverUnload",
                         outcome->drivers[place].name);
    }
    if (outcome->model->device != NULL && is_requesting(outcome)) {
        return xasprintf(" in a request to %s", outcome->model->device);
    }
    return xstrdup("");
}

/* print_places: where each processor is, for a machine that can say no more. */
static void print_places(struct outcome *outcome, struct buffer *text)
{
    const struct machine_result *result = outcome->result;

    for (size_t index = 0; index < result->place_count && index < SHOWN_PROCESSORS; index++) {
        char *place = outcome_place_text(outcome, result->places[index]);

        buffer_print(text, "%s processor %zu is at %s", index == 0 ? ":" : ",", index, place);
        free(place);
    }
}

/* set_place: the finding is where the first processor in a driver is, else where processor 0 is. */
static void set_place(struct outcome *outcome, struct finding *finding)
{
    const struct machine_result *result = outcome->result;
    size_t chosen = 0;

    if (result->place_count == 0) {
        return;
    }
    for (size_t index = result->place_count; index-- > 0;) {
        const struct run_image *image = run_find_image(outcome->model, result->places[index]);

        if (image != NULL && image->record.Driver >= 0) {
            chosen = index;
        }
    }
    finding->processor = (uint32_t)chosen;
    finding->has_processor = true;
    finding_set_place(outcome, finding, &result->places[chosen], 1);
}

/* shown: does a processor's wait belong into the message? */
static bool shown(const struct outcome *outcome, uint32_t processor, bool pending)
{
    return pending ? outcome_is_late(outcome, processor) : !outcome_is_idle(outcome, processor);
}

/* print_waits: what the processors that matter do.  => the first of them, or -1 */
static int64_t print_waits(struct outcome *outcome, bool pending, struct buffer *text)
{
    uint32_t count = 0;
    int64_t first = -1;

    for (uint32_t index = 0; index < outcome->result->seen.wait_count; index++) {
        char *wait = shown(outcome, index, pending) ? outcome_wait_text(outcome, index) : NULL;

        if (wait != NULL && count++ < SHOWN_PROCESSORS) {
            buffer_print(text, "%s%s", count == 1 ? ": " : "; ", wait);
            first = first < 0 ? (int64_t)index : first;
        }
        free(wait);
    }
    if (count > SHOWN_PROCESSORS) {
        buffer_print(text, "; and %u more", count - SHOWN_PROCESSORS);
    }
    return first;
}

/* set_wait_place: the finding is where that processor waits. */
static void set_wait_place(struct outcome *outcome, struct finding *finding, uint32_t processor)
{
    const struct sim_wait *wait = &outcome->result->seen.waits[processor];
    struct finding_frame frame = { wait->at.address, wait->at.returns };

    finding_set_processor(finding, processor, wait->at.irql);
    if (frame.address != 0) {
        finding_set_frames(outcome, finding, &frame, 1);
    }
}

/*
 * judge_waits: the same for a machine that knows what its processors wait for.
 * => a call that does not end is C18, whatever the end was called; only --timeout is the user's own
 */
static void judge_waits(struct outcome *outcome, const char *rule, const char *message)
{
    uint64_t routine = outcome_wait_call(outcome);
    struct finding *finding;
    struct buffer text = { 0 };
    int64_t first;

    if (routine != 0) {
        char *name = outcome_place_text(outcome, routine);

        buffer_print(&text, "the call of %s did not end (%s)", name, message);
        free(name);
    } else {
        buffer_print(&text, "%s", message);
    }
    if (routine != 0 && strcmp(rule, "TIMEOUT") != 0) {
        rule = "C18";
    } else if (routine == 0 && outcome_wait_cycle(outcome)) {
        rule = "DEADLOCK";
    }
    finding = outcome_add_finding(outcome, rule);
    first = print_waits(outcome, routine != 0, &text);
    finding->message = text.text;
    if (first >= 0) {
        set_wait_place(outcome, finding, (uint32_t)first);
    } else {
        set_place(outcome, finding);
    }
    finding_set_routine(outcome, finding, routine);
    outcome_set_waits(outcome, finding);
}

/* judge_hang: the tool gave up; say where the processors are if the machine could tell. */
static void judge_hang(struct outcome *outcome, const char *rule, char *message)
{
    struct finding *finding;
    struct buffer text = { 0 };

    if (outcome_waits_known(outcome)) {
        judge_waits(outcome, rule, message);
    } else {
        finding = outcome_add_finding(outcome, rule);
        buffer_print(&text, "%s", message);
        print_places(outcome, &text);
        finding->message = text.text;
        set_place(outcome, finding);
    }
    free(message);
}

void outcome_judge_end(struct outcome *outcome)
{
    const struct machine_result *result = outcome->result;
    char *busy;

    if (!outcome->model->any_started || outcome->model->bug_check_seen) {
        return;
    }
    busy = busy_text(outcome);
    if (result->end == MACHINE_TIMEOUT) {
        judge_hang(outcome, "TIMEOUT",
                   xasprintf("not done after %u s (--timeout)%s", outcome->timeout, busy));
    } else if (result->end == MACHINE_SILENT) {
        judge_hang(outcome, "C18",
                   xasprintf("the machine has shown no sign of life for longer than the watchdog's "
                             "%u s%s and does not answer an NMI",
                             outcome->watchdog, busy));
    } else if (result->end == MACHINE_SPENT) {
        judge_hang(outcome, "LIVELOCK", xasprintf("not done after %s%s", result->text, busy));
    } else if (result->end == MACHINE_DEADLOCK) {
        judge_hang(
            outcome, "DEADLOCK",
            xasprintf("every processor waits in hlt%s, and no interrupt will ever come", busy));
    } else if (result->end == MACHINE_LIMIT) {
        judge_hang(outcome, "MACHINE_LIMIT", xasprintf("%s%s", result->text, busy));
    } else if (result->end == MACHINE_STOPPED) {
        judge_hang(outcome, "MACHINE_RESET",
                   xasprintf("the machine reset itself without a bug check%s: %s", busy,
                             result->text != NULL
                                 ? result->text
                                 : "a triple fault, or a driver that resets it"));
    }
    free(busy);
}
