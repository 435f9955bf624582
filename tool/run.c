/* SPDX-License-Identifier: MIT */
/*
 * run.c: `allcall run`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "gdb.h"
#include "load_set.h"
#include "machine.h"
#include "options.h"
#include "progress.h"
#include "report.h"

struct run {
    struct run_options options;
    struct load_set set;
    struct run_model model;
    struct machine_result result;
    struct progress progress;
    FILE *text;     /* where the text goes; NULL: standard output is for the JSON */
    FILE *json;     /* or NULL */
    bool line_open; /* the last DbgPrint did not end its line */
};

static void on_debug(void *context, const char *text, size_t length)
{
    struct run *run = context;

    if (run->text == NULL || length == 0) {
        return;
    }
    progress_clear(&run->progress);
    fwrite(text, 1, length, run->text);
    fflush(run->text);
    run->line_open = text[length - 1] != '\n';
}

static void on_image(void *context, const struct run_image *image)
{
    struct run *run = context;

    if (run->options.gdb) {
        progress_clear(&run->progress);
        gdb_explain_image(&run->set, image, stderr);
    }
}

static void on_step(void *context, const RECORD_DRIVER *step)
{
    struct run *run = context;
    const char *name = run->set.driver_names[step->Driver].name;

    switch (step->Step) {
    case RecordDriverStarted:
        progress_say(&run->progress, "%s: in DriverEntry", name);
        break;
    case RecordDriverReturned:
        progress_say(&run->progress, "%s: running", name);
        break;
    case RecordDriverUnloading:
        progress_say(&run->progress, "%s: in DriverUnload", name);
        break;
    }
}

static void on_tick(void *context, int64_t elapsed_ms)
{
    struct run *run = context;

    if (!run->line_open) {
        progress_draw(&run->progress, elapsed_ms);
    }
}

/* open_outputs: before the run, so that a bad file name costs none.  => false after a message */
static bool open_outputs(struct run *run)
{
    if (!json_file_open(run->options.json, &run->json)) {
        return false;
    }
    run->text = run->json == stdout ? NULL : stdout;
    return true;
}

/* run_machine: start the machine with the load set and wait for its end. */
static int run_machine(struct run *run)
{
    const struct run_options *options = &run->options;
    struct run_listener listener = { on_debug, on_image, on_step, run };
    struct machine_options machine = {
        .kind = options->machine,
        .shape = options_shape(options, &run->set),
        .qemu = { .accel = options->accel,
                  .boot = run->set.boot.path,
                  .archive = load_set_archive(&run->set) },
        .set = &run->set,
        .seed = options->seed,
        .strategy = options->strategy,
        .races = options->races,
        .on_violation_stop = options->on_violation_stop,
        .timeout = options->gdb ? 0 : options->timeout,
        .tick = on_tick,
        .context = run,
    };

    if (machine.qemu.archive < 0) {
        return EXIT_MACHINE;
    }
    if (options->gdb) {
        machine.qemu.gdb_port = gdb_free_port();
        gdb_explain(&run->set, machine.qemu.gdb_port, stderr);
    }
    progress_begin(&run->progress);
    progress_say(&run->progress, "starting %u processors", options->processors);
    run_model_begin(&run->model, run->set.driver_count, run->json != NULL, &listener);
    machine_run(&machine, &run->model, &run->result);
    progress_clear(&run->progress);
    close(machine.qemu.archive);
    return EXIT_CLEAN;
}

/* write_json: => false after a message if the file could not be written. */
static bool write_json(struct run *run, const struct report *report)
{
    if (run->json != NULL) {
        report_json(report, run->json);
    }
    return json_file_close(run->options.json, run->json);
}

/* report_run: judge and report; the exit status. */
static int report_run(struct run *run)
{
    struct symbols *symbols = load_set_symbols(&run->set);
    char *replay = options_replay(&run->options);
    struct outcome outcome = { .model = &run->model,
                               .result = &run->result,
                               .symbols = symbols,
                               .drivers = run->set.driver_names,
                               .timeout = run->options.timeout,
                               .requested = run->options.requests.count,
                               .watchdog = run->options.watchdog };
    struct report report = { .machine = options_machine_name(run->options.machine),
                             .processors = run->options.processors,
                             .seed = run->options.seed,
                             .replay = replay,
                             .requests = &run->options.requests,
                             .color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL,
                             .outcome = &outcome };
    int status;

    outcome_judge(&outcome);
    if (run->text != NULL) {
        if (run->line_open) {
            fputc('\n', run->text);
        }
        report_text(&report, run->text);
        fflush(run->text);
    }
    status = outcome.exit_status;
    if (!write_json(run, &report)) {
        status = EXIT_USAGE;
    }
    if (outcome.failure != NULL) {
        complain_lines(outcome.failure);
    }
    outcome_free(&outcome);
    symbols_free(symbols);
    free(replay);
    return status;
}

static void close_run(struct run *run)
{
    run_model_free(&run->model);
    load_set_close(&run->set);
    machine_result_free(&run->result);
    requests_free(&run->options.requests);
    free(run->options.drivers);
}

int command_run(int argc, char **argv)
{
    struct run run = { 0 };
    int status, signal_number;

    options_parse_run(&run.options, argc, argv);
    if (!open_outputs(&run)) {
        return EXIT_USAGE;
    }
    status = load_set_open(&run.set, run.options.drivers, run.options.driver_count);
    if (status == EXIT_CLEAN) {
        status = run_machine(&run);
    }
    if (status == EXIT_CLEAN) {
        status = report_run(&run);
    }
    signal_number = run.result.signal;
    close_run(&run);
    if (signal_number != 0) {
        fflush(NULL);
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
    return status;
}
