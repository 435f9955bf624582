/* SPDX-License-Identifier: MIT */
/*
 * report_text.c: the report of a run for people.
 *
 * First the requests, if there were any.  Then the calls: a table of the first ones, what is typical and what is not,
 * and the slowest one drawn as time lines, since "everybody waits for the last
 * one, then all start at once" is seen faster than read.  Then the outcome.
 */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bugchecks.h"

#define SHOWN_CALLS      16u /* in the table */
#define SHOWN_PROCESSORS 16u /* in the drawing */
#define DRAWING_WIDTH    56

const char *report_bold(const struct report *report)
{
    return report->color ? "\033[1m" : "";
}

const char *report_red(const struct report *report)
{
    return report->color ? "\033[1;31m" : "";
}

const char *report_green(const struct report *report)
{
    return report->color ? "\033[1;32m" : "";
}

const char *report_plain(const struct report *report)
{
    return report->color ? "\033[0m" : "";
}

const char *report_time(int64_t ns, char buffer[32])
{
    static const struct {
        double unit;
        const char *name;
    } units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" } };

    for (size_t index = 0; index < sizeof(units) / sizeof(units[0]); index++) {
        double value = (double)ns / units[index].unit;

        if (value >= 1 || value <= -1) {
            snprintf(buffer, 32, "%.*f %s", value >= 100 || value <= -100 ? 0 : 1, value,
                     units[index].name);
            return buffer;
        }
    }
    snprintf(buffer, 32, "%" PRId64 " ns", ns);
    return buffer;
}

/* The columns of the table that are as wide as their widest entry. */
struct widths {
    int routine, location, context;
};

/* shown_calls: the calls of the table: the first ones. */
static size_t shown_calls(const struct run_model *model)
{
    return model->call_count < SHOWN_CALLS ? model->call_count : SHOWN_CALLS;
}

static int wider(int width, size_t length)
{
    return (int)length > width ? (int)length : width;
}

static struct widths measure(const struct outcome *outcome)
{
    struct widths widths = { 7, 6, 7 };
    struct place place;
    char text[32];

    for (size_t index = 0; index < shown_calls(outcome->model); index++) {
        const RECORD_CALL *record = &outcome->model->calls[index].record;

        symbols_place(outcome->symbols, outcome->model, record->Routine, false, &place);
        widths.routine = wider(widths.routine, strlen(place_short(&place)));
        widths.location = wider(widths.location, strlen(place.location));
        snprintf(text, sizeof(text), "0x%" PRIX64, record->Context);
        widths.context = wider(widths.context, strlen(text));
    }
    return widths;
}

static void write_row(const struct outcome *outcome, const struct run_call *call,
                      const struct widths *widths, FILE *file)
{
    char latency[32], skew[32], context[32];
    struct place place;

    symbols_place(outcome->symbols, outcome->model, call->record.Routine, false, &place);
    snprintf(context, sizeof(context), "0x%" PRIX64, call->record.Context);
    fprintf(file, "  %5" PRIu64 "  %-*s  %-*s  %*s  %6u  %9s  %9s  0x%" PRIX64 "\n",
            call->record.Id, widths->routine, place_short(&place), widths->location, place.location,
            widths->context, context, call->record.Initiator,
            report_time(run_call_latency(outcome->model, call), latency),
            report_time(run_call_skew(outcome->model, call), skew), call->record.Result);
}

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static void write_spread(const char *title, int64_t *values, size_t count, FILE *file)
{
    char least[32], median[32], most[32];

    qsort(values, count, sizeof(*values), by_value);
    fprintf(file, "  %-11s least %s, median %s, most %s\n", title, report_time(values[0], least),
            report_time(values[count / 2], median), report_time(values[count - 1], most));
}

/* write_summary: what is typical, once there is more than one call. */
static void write_summary(const struct run_model *model, FILE *file)
{
    int64_t *values = xcalloc(model->call_count, sizeof(*values));

    for (size_t index = 0; index < model->call_count; index++) {
        values[index] = run_call_latency(model, &model->calls[index]);
    }
    write_spread("latency:", values, model->call_count, file);
    for (size_t index = 0; index < model->call_count; index++) {
        values[index] = run_call_skew(model, &model->calls[index]);
    }
    write_spread("start skew:", values, model->call_count, file);
    free(values);
}

static const struct run_call *slowest_call(const struct run_model *model)
{
    const struct run_call *slowest = &model->calls[0];

    for (size_t index = 1; index < model->call_count; index++) {
        if (run_call_latency(model, &model->calls[index]) > run_call_latency(model, slowest)) {
            slowest = &model->calls[index];
        }
    }
    return slowest;
}

/* column: where on a time line of `total` nanoseconds a time falls. */
static int column(int64_t ns, int64_t total)
{
    int64_t place = total > 0 ? ns * DRAWING_WIDTH / total : 0;

    return place < 0 ? 0 : place > DRAWING_WIDTH ? DRAWING_WIDTH : (int)place;
}

/* write_line: one processor's time line; each phase that took time is at least one column wide. */
static void write_line(const struct run_model *model, const struct run_call *call, uint32_t index,
                       FILE *file)
{
    const RECORD_CALL_PROCESSOR *processor = &call->processors[index];
    int64_t total = run_call_latency(model, call);
    int arrived = column(run_call_ns(model, call, 0, processor->Arrived), total);
    int started = column(run_call_ns(model, call, 0, processor->Started), total);
    int finished = column(run_call_ns(model, call, 0, processor->Finished), total);
    char line[DRAWING_WIDTH + 1], start[32], ran[32];

    started = started == DRAWING_WIDTH ? DRAWING_WIDTH - 1 : started;
    finished = finished <= started ? started + 1 : finished;
    memset(line, ' ', DRAWING_WIDTH);
    for (int place = 0; place < finished; place++) {
        line[place] = place < arrived && place < started ? '.' : place < started ? '=' : '#';
    }
    line[DRAWING_WIDTH] = '\0';
    fprintf(file, "  cpu %3u |%s| starts at %s, runs %s%s\n", index, line,
            report_time(run_call_ns(model, call, 0, processor->Started), start),
            report_time(run_call_ns(model, call, processor->Started, processor->Finished), ran),
            index == call->record.Initiator ? "  (the caller)" : "");
}

static void write_drawing(const struct report *report, const struct run_call *call, FILE *file)
{
    const struct run_model *model = report->outcome->model;
    char latency[32];

    fprintf(file, "\n  call %" PRIu64 "%s, %s from entry to return:\n", call->record.Id,
            model->call_count > 1 ? ", the slowest" : "",
            report_time(run_call_latency(model, call), latency));
    for (uint32_t index = 0; index < call->record.Count && index < SHOWN_PROCESSORS; index++) {
        write_line(model, call, index, file);
    }
    if (call->record.Count > SHOWN_PROCESSORS) {
        fprintf(file, "  and %u more processors\n", call->record.Count - SHOWN_PROCESSORS);
    }
    fputs("          .  not there yet    =  waits for the last one    #  runs the routine\n", file);
}

/* write_processor_count: "4 processors", "3 + 1 processors" where one was added. */
static void write_processor_count(const struct run_model *model, FILE *file)
{
    fprintf(file, "%u", model->hello.Processors);
    if (model->added != 0) {
        fprintf(file, " + %u", model->added);
    }
    fprintf(file, " processor%s", model->hello.Processors + model->added == 1 ? "" : "s");
}

static void write_calls(const struct report *report, FILE *file)
{
    const struct outcome *outcome = report->outcome;
    const struct run_model *model = outcome->model;
    struct widths widths = measure(outcome);
    size_t shown = shown_calls(model);

    if (model->call_count == 0) {
        return;
    }
    fprintf(file, "\n%sCalls of KeIpiGenericCall on ", report_bold(report));
    write_processor_count(model, file);
    fprintf(file, "%s\n", report_plain(report));
    fprintf(file, "  %5s  %-*s  %-*s  %*s  %6s  %9s  %9s  %s\n", "call", widths.routine, "routine",
            widths.location, "source", widths.context, "context", "caller", "latency", "skew",
            "result");
    for (size_t index = 0; index < shown; index++) {
        write_row(outcome, &model->calls[index], &widths, file);
    }
    if (shown < model->call_count || model->totals.Total > model->call_count) {
        fprintf(
            file, "  and %" PRIu64 " more calls\n",
            (model->totals.Total > model->call_count ? model->totals.Total : model->call_count) -
                shown);
    }
    if (model->call_count > 1) {
        write_summary(model, file);
    }
    write_drawing(report, slowest_call(model), file);
}

/* write_outcome: the last line: all is well, or how much is not. */
static void write_outcome(const struct report *report, FILE *file)
{
    const struct outcome *outcome = report->outcome;
    const struct run_model *model = outcome->model;
    uint64_t calls = model->totals.Total;

    if (outcome->finding_count != 0) {
        fprintf(file, "\n%s%zu finding%s%s.  Again: %s\n", report_red(report),
                outcome->finding_count, outcome->finding_count == 1 ? "" : "s",
                report_plain(report), report->replay);
    } else if (outcome->exit_status == EXIT_CLEAN) {
        fprintf(file, "\n%sNothing found%s: %zu driver%s, ", report_green(report),
                report_plain(report), model->driver_count, model->driver_count == 1 ? "" : "s");
        if (model->totals_seen) {
            fprintf(file, "%" PRIu64 " call%s, ", calls, calls == 1 ? "" : "s");
        }
        write_processor_count(model, file);
        fprintf(file, " on %s.\n", report->machine);
    }
}

void report_text(const struct report *report, FILE *file)
{
    const struct outcome *outcome = report->outcome;

    report_requests(report, file);
    write_calls(report, file);
    if (outcome->model->bug_check_seen) {
        report_crash(report, file);
    }
    for (size_t index = 0; index < outcome->finding_count; index++) {
        report_finding(report, &outcome->findings[index], file);
    }
    for (size_t index = 0; index < outcome->note_count && outcome->failure == NULL; index++) {
        fprintf(file, "%sNote: %s.\n", index == 0 ? "\n" : "", outcome->notes[index]);
    }
    write_outcome(report, file);
}
