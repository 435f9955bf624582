/* SPDX-License-Identifier: MIT */
/*
 * bench.c: `allcall bench`: what an empty call costs.
 *
 * Instructions are counted exactly: under QEMU's -icount the time-stamp counter
 * advances by one per guest instruction, of all processors together, and every
 * run gives the same number.  The time is that of an ordinary run on this host,
 * and only good for comparison.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_sim.h"
#include "commands.h"
#include "json.h"
#include "load_set.h"
#include "machine.h"
#include "paths.h"
#include "progress.h"

/* The bound on instructions per empty call, all processors together. */
#define BOUND_FIXED         30u
#define BOUND_PER_PROCESSOR 110u

#define TIMEOUT 300u /* seconds for one run */

enum { KEY_JSON = 256 };

static const struct argp_option table[] = {
    { "json", KEY_JSON, "FILE|-", 0,
      "write the figures as JSON; with - standard output is that one object and nothing else", 0 },
    { NULL, 'h', NULL, OPTION_HIDDEN, NULL, -1 },
    { 0 },
};

static const char documentation[] = "Measure an empty call, recording off, at 1 to 64 processors: "
                                    "guest instructions, which are exact "
                                    "and the same in every run, and time on this host; then how many the simulator does in a second."
                                    "\v"
                                    "Exit status: 0 measured, 1 the kernel needs more instructions "
                                    "than its bound, 2 the command line "
                                    "is wrong, 3 a machine failed.";

static const uint32_t processor_counts[] = { 1, 2, 4, 8, 16, 64 };

#define COUNTS (sizeof(processor_counts) / sizeof(processor_counts[0]))

struct figure {
    uint32_t processors;
    double instructions; /* per call */
    double ns;           /* per call */
};

/* The line that empty_call.c prints. */
struct measured {
    uint64_t processors, calls, cycles, ticks, frequency;
};

static unsigned bound(uint32_t processors)
{
    return BOUND_FIXED + BOUND_PER_PROCESSOR * processors;
}

static error_t take_option(int key, char *text, struct argp_state *state)
{
    const char **json = state->input;

    switch (key) {
    case KEY_JSON:
        *json = text;
        return 0;
    case 'h':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: no argument is expected", text);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* read_line: find the driver's line in its debug output. */
static bool read_line(const struct run_model *model, struct measured *measured)
{
    const char *line = model->debug.text != NULL ? strstr(model->debug.text, "empty-call ") : NULL;

    return line != NULL &&
           sscanf(line,
                  "empty-call processors=%" SCNu64 " calls=%" SCNu64 " tsc=%" SCNu64
                  " ticks=%" SCNu64 " frequency=%" SCNu64,
                  &measured->processors, &measured->calls, &measured->cycles, &measured->ticks,
                  &measured->frequency) == 5 &&
           measured->calls != 0 && measured->frequency != 0;
}

/* run_once: the bench driver on one machine.  => false after a message */
static bool run_once(const struct load_set *set, uint32_t processors, bool exact,
                     struct measured *measured)
{
    struct machine_options options = {
        .shape = { .processors = processors, .group_size = 64, .watchdog = 60 },
        .qemu = { .accel = ACCEL_TURNS,
                  .exact = exact,
                  .boot = set->boot.path,
                  .archive = load_set_archive(set) },
        .timeout = TIMEOUT,
    };
    struct machine_result result;
    struct run_model model;
    bool good;

    if (options.qemu.archive < 0) {
        return false;
    }
    run_model_begin(&model, set->driver_count, true, NULL);
    machine_run(&options, &model, &result);
    close(options.qemu.archive);
    good = result.end == MACHINE_ENDED && !model.bug_check_seen && read_line(&model, measured) &&
           measured->processors == processors;
    if (result.end == MACHINE_INTERRUPTED) {
        complain("interrupted; the machine has been stopped");
    } else if (!good) {
        complain("the bench driver did not finish on %u processors%s%s", processors,
                 result.text != NULL ? ": " : "", result.text != NULL ? result.text : "");
    }
    run_model_free(&model);
    machine_result_free(&result);
    return good;
}

static bool measure(const struct load_set *set, struct figure *figures)
{
    struct progress progress;

    progress_begin(&progress);
    for (size_t index = 0; index < COUNTS; index++) {
        struct figure *figure = &figures[index];
        struct measured exact, timed;
        bool good;

        figure->processors = processor_counts[index];
        progress_say(&progress, "measuring %u processors", figure->processors);
        progress_draw(&progress, 1000 * (int64_t)index);
        good = run_once(set, figure->processors, true, &exact) &&
               run_once(set, figure->processors, false, &timed);
        progress_clear(&progress);
        if (!good) {
            return false;
        }
        figure->instructions = (double)exact.cycles / (double)exact.calls;
        figure->ns = 1e9 * (double)timed.ticks / (double)timed.frequency / (double)timed.calls;
    }
    return true;
}

static bool measure_sim(const struct load_set *set, struct bench_sim *sim)
{
    struct progress progress;
    bool good;

    progress_begin(&progress);
    progress_say(&progress, "measuring the simulator, for some ten seconds");
    progress_draw(&progress, 1000);
    good = bench_sim_measure(set, sim);
    progress_clear(&progress);
    return good;
}

static void write_text(const struct figure *figures, FILE *file)
{
    fputs("An empty call of KeIpiGenericCall, recording off, on QEMU (tcg, one thread)\n\n"
          "processors  instructions  bound 30 + 110 N  instructions / N  time per call\n",
          file);
    for (size_t index = 0; index < COUNTS; index++) {
        const struct figure *figure = &figures[index];

        fprintf(file, "%10u  %12.1f  %16u  %16.1f  %10.1f us%s\n", figure->processors,
                figure->instructions, bound(figure->processors),
                figure->instructions / figure->processors, figure->ns / 1000,
                figure->instructions > bound(figure->processors) ? "  above the bound" : "");
    }
    fputs("\nInstructions are those of all processors together, exact and the same in every run;\n"
          "the time is this host's.\n",
          file);
}

static void write_json(const struct figure *figures, const struct bench_sim *sim, FILE *file)
{
    struct json json;

    json_begin(&json, file);
    json_open_object(&json, NULL, false);
    json_number(&json, "schema", 1);
    json_text(&json, "bench", "empty call");
    json_text(&json, "machine", "qemu");
    json_open_array(&json, "figures", false);
    for (size_t index = 0; index < COUNTS; index++) {
        const struct figure *figure = &figures[index];

        json_open_object(&json, NULL, true);
        json_number(&json, "processors", figure->processors);
        json_real(&json, "instructions_per_call", figure->instructions);
        json_number(&json, "bound", bound(figure->processors));
        json_real(&json, "ns_per_call", figure->ns);
        json_close_object(&json);
    }
    json_close_array(&json);
    bench_sim_json(sim, &json);
    json_close_object(&json);
    json_end(&json);
}

/* write_figures: to where the command line says. */
static int write_figures(const struct figure *figures, const struct bench_sim *sim,
                         const char *name, FILE *json)
{
    int status = EXIT_CLEAN;

    if (json != stdout) {
        write_text(figures, stdout);
        bench_sim_text(sim, stdout);
    }
    if (json != NULL) {
        write_json(figures, sim, json);
    }
    if (!json_file_close(name, json)) {
        status = EXIT_USAGE;
    }
    for (size_t index = 0; index < COUNTS; index++) {
        if (figures[index].instructions > bound(figures[index].processors) &&
            status == EXIT_CLEAN) {
            status = EXIT_FINDING;
        }
    }
    return status;
}

int command_bench(int argc, char **argv)
{
    static const struct argp parser = { .options = table,
                                        .parser = take_option,
                                        .doc = documentation };
    struct figure figures[COUNTS];
    struct bench_sim sim;
    const char *name = NULL;
    struct load_set set;
    FILE *json = NULL;
    char *driver;
    int status;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&parser, argc, argv, 0, NULL, &name);
    if (!json_file_open(name, &json)) {
        return EXIT_USAGE;
    }
    driver = allcall_path(FILE_BENCH_DRIVER);
    if (driver == NULL) {
        return EXIT_MACHINE;
    }
    status = load_set_open(&set, &driver, 1);
    if (status == EXIT_CLEAN) {
        status = measure(&set, figures) && measure_sim(&set, &sim)
                     ? write_figures(figures, &sim, name, json)
                     : EXIT_MACHINE;
    }
    load_set_close(&set);
    free(driver);
    return status;
}
