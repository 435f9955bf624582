/* SPDX-License-Identifier: MIT */
/*
 * outcome.c: judge a run: which findings it shows, and the exit status.
 */
#include "finding.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bugchecks.h"

static void judge_drivers(struct outcome *outcome)
{
    for (size_t index = 0; index < outcome->model->driver_count; index++) {
        const struct run_driver *driver = &outcome->model->drivers[index];
        struct finding *finding;
        uint64_t entry;
        const char *name;

        if (!driver->returned || (int32_t)driver->status >= 0) {
            continue;
        }
        name = status_name(driver->status);
        finding = outcome_add_finding(outcome, "DRIVER_ENTRY_FAILED");
        finding->message =
            xasprintf("DriverEntry of %s returned 0x%08X%s%s", outcome->drivers[index].name,
                      driver->status, name != NULL ? " " : "", name != NULL ? name : "");
        entry = symbols_entry(outcome->symbols, outcome->model, (int32_t)index);
        if (entry != 0) {
            finding_set_place(outcome, finding, &entry, 1);
        }
    }
}

/* failure_of_end: why the machine itself is to blame, or NULL; the caller frees. */
static char *failure_of_end(const struct outcome *outcome)
{
    const struct machine_result *result = outcome->result;
    char name[16];

    if (outcome->model->device != NULL && outcome->requested == 0) {
        return xstrdup("the machine's report is damaged: a device is opened, and no request was "
                       "asked for (a driver that writes to the kernel's memory does that)");
    }
    if (outcome->model->bug_check_seen) {
        const RECORD_BUG_CHECK *crash = &outcome->model->bug_check;

        return outcome->model->any_started
                   ? NULL
                   : xasprintf("the kernel stopped before any driver had started: %s (0x%08X)",
                               bug_check_name(crash->Code, name), crash->Code);
    }
    switch (result->end) {
    case MACHINE_ENDED:
        return NULL;
    case MACHINE_STOPPED:
        return outcome->model->any_started
                   ? NULL
                   : xasprintf("the machine stopped before any driver had started");
    case MACHINE_FAILED:
        return xstrdup(result->text);
    case MACHINE_TIMEOUT:
        return outcome->model->any_started
                   ? NULL
                   : xasprintf("the machine did not come up within %u s (--timeout)",
                               outcome->timeout);
    case MACHINE_SILENT:
        return outcome->model->any_started
                   ? NULL
                   : xasprintf("the machine fell silent before any driver had started");
    case MACHINE_SPENT:
        return outcome->model->any_started
                   ? NULL
                   : xasprintf("the machine did not come up within %s", result->text);
    case MACHINE_LIMIT:
        return outcome->model->any_started ? NULL : xstrdup(result->text);
    case MACHINE_DEADLOCK:
        return outcome->model->any_started
                   ? NULL
                   : xasprintf("every processor halted for ever before any driver had started");
    case MACHINE_BAD_RECORD:
        return xasprintf("the machine's report is damaged: %s (a driver that writes to port "
                         "0xE9 does that)",
                         result->text);
    case MACHINE_INTERRUPTED:
        return xstrdup("interrupted; the machine has been stopped");
    case MACHINE_FOUND:
        return NULL;
    }
    return NULL;
}

/* failure_of_load: the drivers that did not load, a line each, or NULL; the caller frees. */
static char *failure_of_load(const struct outcome *outcome)
{
    struct buffer text = { 0 };

    for (size_t index = 0; index < outcome->model->driver_count; index++) {
        const struct run_driver *driver = &outcome->model->drivers[index];
        const char *name = outcome->drivers[index].name;

        if (driver->started) {
            continue; /* that it did not load another time is what ZwLoadDriver has returned */
        }
        for (size_t place = 0; place < driver->missing_count; place++) {
            buffer_print(&text, "%s%s needs %s, which does not exist", text.length != 0 ? "\n" : "",
                         name, driver->missing[place]);
        }
        if (driver->failure != NULL && driver->missing_count == 0) {
            const char *status = status_name(driver->status);

            buffer_print(&text, "%s%s did not load: %s%s0x%08X%s%s", text.length != 0 ? "\n" : "",
                         name, driver->failure, driver->failure[0] != '\0' ? ", " : "",
                         driver->status, status != NULL ? " " : "", status != NULL ? status : "");
        }
    }
    return text.text;
}

/* failure_of_requests: why none could be sent at all, or NULL; the caller frees. */
static char *failure_of_requests(const struct outcome *outcome)
{
    const char *device = outcome->model->device;

    return outcome->requested == 0 || device == NULL || device[0] != '\0'
               ? NULL
               : xstrdup("no driver has made a device with a name: there is nothing that the "
                         "requests could be sent to");
}

/* add_opened_note: the device was not opened, so that no request was sent. */
static void add_opened_note(struct outcome *outcome)
{
    const char *status = status_name(outcome->model->opened.Status);

    outcome_add_note(outcome, xasprintf("no request was sent, since %s could not be opened: 0x%08X%s%s",
                                        outcome->model->device, outcome->model->opened.Status,
                                        status != NULL ? " " : "", status != NULL ? status : ""));
}

/* add_differing_note: how many calls returned different values, and the first one that was kept. */
static void add_differing_note(struct outcome *outcome)
{
    const struct run_model *model = outcome->model;
    struct buffer note = { 0 };

    buffer_print(&note,
                 "in %" PRIu64 " of %" PRIu64 " calls the routine did not return the same value on "
                 "every processor; the call returns the calling processor's",
                 model->totals.Differing, model->totals.Total);
    for (size_t index = 0; index < model->call_count; index++) {
        const RECORD_CALL *call = &model->calls[index].record;

        if (call->Differing != 0) {
            buffer_print(&note, " (in call %" PRIu64 ", %u of %u processors returned another)",
                         call->Id, call->Differing, call->Count);
            break;
        }
    }
    outcome_add_note(outcome, note.text);
}

/* add_addition_note: why a processor that was to be added is not there. */
static void add_addition_note(struct outcome *outcome, const RECORD_ADDITION *addition)
{
    const char *status = status_name(addition->Status);
    char *refuser = addition->Refuser != 0 ? outcome_place_text(outcome, addition->Refuser) : NULL;

    outcome_add_note(
        outcome, xasprintf("processor %u was not added: %s%s0x%08X%s%s", addition->Index,
                           refuser != NULL ? refuser : "it did not come up, ",
                           refuser != NULL ? " refused it, " : "", addition->Status,
                           status != NULL ? " " : "", status != NULL ? status : ""));
    free(refuser);
}

static void judge_notes(struct outcome *outcome)
{
    const struct run_model *model = outcome->model;

    for (size_t index = 0; index < model->addition_count; index++) {
        if ((int32_t)model->additions[index].Status < 0) {
            add_addition_note(outcome, &model->additions[index]);
        }
    }
    if (model->device != NULL && model->device[0] != '\0' && (int32_t)model->opened.Status < 0) {
        add_opened_note(outcome);
    }
    if (model->totals.Differing != 0) {
        add_differing_note(outcome);
    }
    for (size_t index = 0; index < model->driver_count; index++) {
        if (model->drivers[index].last_step == RecordDriverStays) {
            outcome_add_note(outcome, xasprintf("%s has no DriverUnload and stays loaded",
                                                outcome->drivers[index].name));
        }
        if (model->drivers[index].started && model->drivers[index].failure != NULL) {
            outcome_add_note(outcome, xasprintf("%s did not load again: %s",
                                                outcome->drivers[index].name,
                                                model->drivers[index].failure));
        }
    }
    if (outcome->result->end == MACHINE_FOUND) {
        outcome_add_note(outcome, xstrdup("the run was ended at the first finding; "
                                          "--on-violation continue goes on"));
    }
    if (model->debug_cut) {
        outcome_add_note(outcome, xasprintf("debug output beyond %u MiB is not kept",
                                            RUN_DEBUG_LIMIT / (1024 * 1024)));
    }
}

void outcome_judge(struct outcome *outcome)
{
    char *misuse; /* what is wrong with what the user has asked for */

    outcome->failure = failure_of_end(outcome);
    if (outcome->failure != NULL) {
        outcome->exit_status = EXIT_MACHINE;
    }
    outcome_judge_records(outcome);
    outcome_judge_seen(outcome);
    if (outcome->model->bug_check_seen) {
        outcome_judge_bug_check(outcome);
    }
    outcome_judge_end(outcome);
    judge_drivers(outcome);
    judge_notes(outcome);
    misuse = failure_of_load(outcome);
    if (misuse == NULL) {
        misuse = failure_of_requests(outcome);
    }
    if (outcome->exit_status == EXIT_CLEAN && misuse != NULL && outcome->finding_count == 0) {
        outcome->failure = misuse;
        outcome->exit_status = EXIT_USAGE;
    } else if (misuse != NULL) {
        outcome_add_note(outcome, misuse);
    }
    if (outcome->exit_status == EXIT_CLEAN && outcome->finding_count != 0) {
        outcome->exit_status = EXIT_FINDING;
    }
    if (outcome->failure != NULL && outcome->exit_status == EXIT_MACHINE) {
        outcome_add_note(outcome, xstrdup(outcome->failure));
    }
}

void machine_result_free(struct machine_result *result)
{
    free(result->text);
    free(result->places);
    sim_seen_clear(&result->seen);
}

static void free_finding(struct finding *finding)
{
    if (finding->other != NULL) {
        free_finding(finding->other);
        free(finding->other);
    }
    for (size_t index = 0; index < finding->stack_count; index++) {
        free(finding->stack[index]);
    }
    for (size_t index = 0; index < finding->history_count; index++) {
        free(finding->history[index].location);
        free(finding->history[index].text);
    }
    for (size_t index = 0; index < finding->wait_count; index++) {
        free(finding->waits[index].text);
        free(finding->waits[index].location);
        free(finding->waits[index].waits_for);
    }
    free(finding->history);
    free(finding->waits);
    free(finding->stack);
    free(finding->rule);
    free(finding->message);
    free(finding->routine);
    free(finding->location);
}

void outcome_free(struct outcome *outcome)
{
    for (size_t index = 0; index < outcome->finding_count; index++) {
        free_finding(&outcome->findings[index]);
    }
    for (size_t index = 0; index < outcome->note_count; index++) {
        free(outcome->notes[index]);
    }
    free(outcome->findings);
    free(outcome->notes);
    free(outcome->failure);
}
