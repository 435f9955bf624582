/* SPDX-License-Identifier: MIT */
/*
 * report_json.c: the JSON of a run.
 *
 * Its members and their formats are part of the command's interface; counts,
 * indexes, IRQL and nanoseconds are numbers, everything wider is a hex string.
 */
#include <stdlib.h>
#include <string.h>

#include "bugchecks.h"
#include "report.h"

static void write_drivers(struct json *json, const struct outcome *outcome)
{
    json_open_array(json, "drivers", false);
    for (size_t index = 0; index < outcome->model->driver_count; index++) {
        const struct run_driver *driver = &outcome->model->drivers[index];

        json_open_object(json, NULL, true);
        json_text(json, "file", outcome->drivers[index].path);
        if (driver->returned) {
            json_hex(json, "status", driver->status, 8);
        } else {
            json_null(json, "status");
        }
        json_close_object(json);
    }
    json_close_array(json);
}

static void write_debug(struct json *json, const struct buffer *debug)
{
    const char *next = debug->text;
    size_t left = debug->length;

    json_open_array(json, "debug", false);
    while (left != 0) {
        const char *end = memchr(next, '\n', left);
        size_t length = end != NULL ? (size_t)(end - next) : left;
        size_t used = end != NULL ? length + 1 : length;

        json_bytes(json, NULL, next, length != 0 && next[length - 1] == '\r' ? length - 1 : length);
        next += used;
        left -= used;
    }
    json_close_array(json);
}

static void write_call(struct json *json, const struct outcome *outcome,
                       const struct run_call *call)
{
    const struct run_model *model = outcome->model;
    const RECORD_CALL *record = &call->record;
    struct place place;

    symbols_place(outcome->symbols, model, record->Routine, false, &place);
    json_open_object(json, NULL, false);
    json_number(json, "id", (int64_t)record->Id);
    json_text(json, "routine", place.name);
    json_text(json, "location", place.location[0] != '\0' ? place.location : NULL);
    json_hex(json, "context", record->Context, 16);
    json_hex(json, "result", record->Result, 16);
    json_number(json, "initiator", record->Initiator);
    json_number(json, "latency_ns", run_call_latency(model, call));
    json_number(json, "start_skew_ns", run_call_skew(model, call));
    json_open_array(json, "processors", false);
    for (uint32_t index = 0; index < record->Count; index++) {
        const RECORD_CALL_PROCESSOR *processor = &call->processors[index];

        json_open_object(json, NULL, true);
        json_number(json, "index", index);
        json_number(json, "group", processor->Group);
        json_number(json, "number", processor->Number);
        json_number(json, "irql", processor->Irql);
        json_number(json, "arrived_ns", run_call_ns(model, call, 0, processor->Arrived));
        json_number(json, "started_ns", run_call_ns(model, call, 0, processor->Started));
        json_number(json, "finished_ns", run_call_ns(model, call, 0, processor->Finished));
        json_close_object(json);
    }
    json_close_array(json);
    json_close_object(json);
}

/* write_side: what a finding and its second side both have. */
static void write_side(struct json *json, const struct finding *finding)
{
    json_text(json, "rule", finding->rule);
    json_text(json, "message", finding->message);
    if (finding->has_processor) {
        json_number(json, "processor", finding->processor);
    } else {
        json_null(json, "processor");
    }
    if (finding->has_irql) {
        json_number(json, "irql", finding->irql);
    } else {
        json_null(json, "irql");
    }
    json_text(json, "routine", finding->routine);
    json_text(json, "location", finding->location);
    json_open_array(json, "stack", false);
    for (size_t index = 0; index < finding->stack_count; index++) {
        json_text(json, NULL, finding->stack[index]);
    }
    json_close_array(json);
}

static void write_history(struct json *json, const struct finding *finding)
{
    json_open_array(json, "history", false);
    for (size_t index = 0; index < finding->history_count; index++) {
        const struct finding_step *step = &finding->history[index];

        json_open_object(json, NULL, true);
        json_number(json, "processor", step->processor);
        json_number(json, "irql", step->irql);
        json_text(json, "location", step->location);
        json_text(json, "text", step->text);
        json_number(json, "times", step->repeat);
        json_truth(json, "unordered", step->unordered);
        json_close_object(json);
    }
    json_close_array(json);
}

static void write_waits(struct json *json, const struct finding *finding)
{
    json_open_array(json, "waits", false);
    for (size_t index = 0; index < finding->wait_count; index++) {
        const struct finding_wait *wait = &finding->waits[index];

        json_open_object(json, NULL, true);
        json_number(json, "processor", wait->processor);
        json_number(json, "irql", wait->irql);
        json_text(json, "text", wait->text);
        json_text(json, "location", wait->location);
        json_open_array(json, "waits_for", true);
        for (size_t other = 0; other < wait->waits_for_count; other++) {
            json_number(json, NULL, wait->waits_for[other]);
        }
        json_close_array(json);
        json_close_object(json);
    }
    json_close_array(json);
}

void report_json_finding(struct json *json, const struct finding *finding)
{
    write_side(json, finding);
    if (finding->other != NULL) {
        json_open_object(json, "other", false);
        write_side(json, finding->other);
        json_close_object(json);
    }
    if (finding->history_count != 0) {
        write_history(json, finding);
    }
    if (finding->wait_count != 0) {
        write_waits(json, finding);
    }
}

static void write_bug_check(struct json *json, const struct run_model *model)
{
    char name[16];

    if (!model->bug_check_seen) {
        json_null(json, "bugcheck");
        return;
    }
    json_open_object(json, "bugcheck", false);
    json_hex(json, "code", model->bug_check.Code, 8);
    json_text(json, "name", bug_check_name(model->bug_check.Code, name));
    json_open_array(json, "parameters", true);
    for (int index = 0; index < 4; index++) {
        json_hex(json, NULL, model->bug_check.Parameters[index], 16);
    }
    json_close_array(json);
    json_close_object(json);
}

static void write_lists(struct json *json, const struct outcome *outcome)
{
    json_open_array(json, "calls", false);
    for (size_t index = 0; index < outcome->model->call_count; index++) {
        write_call(json, outcome, &outcome->model->calls[index]);
    }
    json_close_array(json);
    json_open_array(json, "findings", false);
    for (size_t index = 0; index < outcome->finding_count; index++) {
        json_open_object(json, NULL, false);
        report_json_finding(json, &outcome->findings[index]);
        json_close_object(json);
    }
    json_close_array(json);
    json_open_array(json, "notes", false);
    for (size_t index = 0; index < outcome->note_count; index++) {
        json_text(json, NULL, outcome->notes[index]);
    }
    json_close_array(json);
}

void report_json(const struct report *report, FILE *file)
{
    const struct outcome *outcome = report->outcome;
    struct json json;

    json_begin(&json, file);
    json_open_object(&json, NULL, false);
    json_number(&json, "schema", 1);
    json_text(&json, "machine", report->machine);
    json_number(&json, "processors", report->processors);
    json_number(&json, "seed", (int64_t)report->seed);
    write_drivers(&json, outcome);
    write_debug(&json, &outcome->model->debug);
    report_json_requests(report, &json);
    write_lists(&json, outcome);
    write_bug_check(&json, outcome->model);
    json_text(&json, "replay", report->replay);
    json_close_object(&json);
    json_end(&json);
}
