/* SPDX-License-Identifier: MIT */
/*
 * simulation.c: the deterministic machine as the command uses it.
 *
 * Nothing in here looks at the host's clock: --timeout and the watchdog's
 * silence count the machine's own time.  A call that does not end is reported by
 * the kernel, where the clock does not tick any more with the help of the
 * machine's NMI (C18); a budget of instructions, which follows from the options
 * alone, ends whatever else goes on for ever.
 */
#define _GNU_SOURCE
#include "simulation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/cpu.h"
#include "sim_images.h"

#define MIB           (1024 * 1024u)
#define RUN_BUDGET    5000000u /* instructions for each second of --timeout */
#define CALL_BUDGET   2000000u /* and of --watchdog */
#define LEAST_SILENCE 3u       /* seconds */

/* out_of_time: has the machine's clock passed --timeout? */
static bool out_of_time(const struct simulation *simulation)
{
    return sim_now(simulation->machine) / SIM_FREQUENCY >= simulation->options.timeout;
}

/* stop_at_finding: --on-violation stop. */
static void stop_at_finding(struct simulation *simulation)
{
    if (simulation->options.on_violation_stop) {
        simulation->violated = true;
        sim_stop(simulation->machine, SIM_STOPPED, 0);
    }
}

/* take_image: an image is mapped; the machine is told before any of its code runs. */
static void take_image(struct simulation *simulation, const struct record *record)
{
    RECORD_IMAGE image;
    char *name;

    if (record->length < sizeof(image)) {
        return;
    }
    memcpy(&image, record->payload, sizeof(image));
    name = xasprintf("%.*s", (int)(record->length - sizeof(image)),
                     (const char *)record->payload + sizeof(image));
    sim_images_add(simulation->machine, simulation->options.set, &image, name);
    free(name);
}

/* take_step: the first driver begins the watch. */
static void take_step(struct simulation *simulation, const struct record *record)
{
    RECORD_DRIVER step;

    if (record->length < sizeof(step)) {
        return;
    }
    memcpy(&step, record->payload, sizeof(step));
    if (step.Step == RecordDriverStarted) {
        sim_begin(simulation->machine);
    }
}

static void take_finding(struct simulation *simulation, const struct record *record)
{
    RECORD_FINDING finding;

    if (record->length < sizeof(finding)) {
        return;
    }
    memcpy(&finding, record->payload, sizeof(finding));
    if (!finding.Note) {
        stop_at_finding(simulation);
    }
}

/* note_waits: keep what each processor waits for, if this is the first time. */
static void note_waits(struct simulation *simulation)
{
    unsigned count = sim_processor_count(simulation->machine);
    struct sim_wait *waits = xcalloc(count, sizeof(*waits));

    sim_waits(simulation->machine, waits, count);
    sim_seen_wait(&simulation->seen, waits, count);
    free(waits);
}

/* on_record: what the machine has to know of a record, before it goes to whoever asked for them. */
static const char *on_record(void *context, const struct record *record)
{
    struct simulation *simulation = context;

    switch (record->type) {
    case RecordImage:
        take_image(simulation, record);
        break;
    case RecordDriver:
        take_step(simulation, record);
        break;
    case RecordFinding:
        take_finding(simulation, record);
        break;
    case RecordBugCheck:
        note_waits(simulation);
        break;
    }
    return simulation->options.visit(simulation->options.context, record);
}

/* on_report: bytes of the report channel, and the moment to look at the machine's clock. */
static void on_report(void *context, const uint8_t *bytes, size_t length)
{
    struct simulation *simulation = context;
    const struct simulation_options *options = &simulation->options;

    if (records_feed(&simulation->parser, bytes, length, on_record, simulation) == RECORDS_BAD) {
        sim_stop(simulation->machine, SIM_STOPPED, 0);
        return;
    }
    if (simulation->parser.state != RECORDS_ENDED && out_of_time(simulation)) {
        sim_stop(simulation->machine, SIM_BUDGET, 0);
    }
    if (options->heard != NULL) {
        options->heard(options->context);
    }
}

/* on_found: the machine itself has found something. */
static void on_found(void *context, const struct sim_finding *finding)
{
    struct simulation *simulation = context;

    if (sim_seen_add(&simulation->seen, finding)) {
        stop_at_finding(simulation);
    }
}

/* budget: => instructions of all processors together that the run may take */
static uint64_t budget(const struct simulation_options *options)
{
    return (uint64_t)options->timeout * RUN_BUDGET;
}

/* silence: => ticks without a sign of life until the NMI; before two heartbeats it is not the tool's */
static uint64_t silence(const struct simulation_options *options)
{
    const uint64_t seconds = options->shape.watchdog;

    return (seconds < LEAST_SILENCE ? LEAST_SILENCE : seconds) * SIM_FREQUENCY;
}

static struct sim_file file_of(const char *name, const struct load_file *file)
{
    return (struct sim_file){ name, file->bytes, file->size };
}

struct simulation *simulation_create(const struct simulation_options *options)
{
    struct simulation *simulation = xcalloc(1, sizeof(*simulation));
    const struct load_set *set = options->set;
    struct sim_options sim = {
        .processors = shape_processors(&options->shape),
        .memory = (uint64_t)shape_memory_mib(&options->shape) * MIB,
        .seed = options->seed,
        .strategy = options->strategy.kind,
        .depth = options->strategy.depth,
        .steps = options->strategy.steps,
        .races = options->races,
        .snapshot = options->restartable,
        .kernel = file_of("ntoskrnl.exe", &set->ntoskrnl),
        .hal = file_of("hal.dll", &set->hal),
        .driver_count = set->driver_count,
        .budget = budget(options),
        .call_budget = (uint64_t)options->shape.watchdog * CALL_BUDGET,
        .silence = silence(options),
        .report = on_report,
        .found = on_found,
        .context = simulation,
    };

    simulation->options = *options;
    simulation->kernel_options = shape_kernel_options(&options->shape);
    simulation->drivers = xcalloc(set->driver_count + 1, sizeof(*simulation->drivers));
    for (size_t index = 0; index < set->driver_count; index++) {
        simulation->drivers[index] = file_of(set->drivers[index].name, &set->drivers[index]);
    }
    sim.kernel_options = simulation->kernel_options;
    sim.drivers = simulation->drivers;
    records_begin(&simulation->parser);
    simulation->machine = sim_create(&sim, &simulation->end);
    return simulation;
}

void simulation_run(struct simulation *simulation)
{
    if (simulation->machine != NULL) {
        sim_run(simulation->machine, &simulation->end);
        if (simulation->end.end == SIM_BEGUN) {
            simulation->parser_begun = simulation->parser;
        }
    }
}

void simulation_restart(struct simulation *simulation, uint64_t seed, uint64_t steps)
{
    simulation->parser = simulation->parser_begun;
    sim_seen_clear(&simulation->seen);
    simulation->violated = false;
    sim_restart(simulation->machine, seed, steps);
}

/* note_places: where each processor is. */
static void note_places(struct simulation *simulation, struct machine_result *result)
{
    result->place_count = sim_processor_count(simulation->machine);
    result->places = xcalloc(result->place_count, sizeof(*result->places));
    for (size_t index = 0; index < result->place_count; index++) {
        result->places[index] = sim_processor(simulation->machine, (unsigned)index)->address;
    }
}

/* judge_budget: the machine did not end by itself: what has it used up? */
static void judge_budget(struct simulation *simulation, struct machine_result *result)
{
    note_places(simulation, result);
    note_waits(simulation);
    if (out_of_time(simulation)) {
        result->end = MACHINE_TIMEOUT;
    } else {
        result->end = MACHINE_SPENT;
        result->text =
            xasprintf("%" PRIu64 " million instructions", budget(&simulation->options) / 1000000);
    }
}

/* judge_sim: what the machine says of its end. */
static void judge_sim(struct simulation *simulation, struct machine_result *result)
{
    switch (simulation->end.end) {
    case SIM_BUDGET:
        judge_budget(simulation, result);
        break;
    case SIM_SILENT:
        note_places(simulation, result);
        note_waits(simulation);
        result->end = MACHINE_SILENT;
        break;
    case SIM_DEADLOCK:
        note_places(simulation, result);
        note_waits(simulation);
        result->end = MACHINE_DEADLOCK;
        break;
    case SIM_LIMIT:
        note_places(simulation, result);
        result->end = MACHINE_LIMIT;
        result->text = xstrdup(simulation->end.message);
        break;
    case SIM_FAILED:
        result->end = MACHINE_FAILED;
        result->text = xasprintf("the simulator cannot go on: %s", simulation->end.message);
        break;
    case SIM_RESET:
        note_places(simulation, result);
        result->end = MACHINE_STOPPED;
        result->text =
            xstrdup(simulation->end.message[0] != '\0' ? simulation->end.message
                                                       : "a write to a port that does so");
        break;
    default:
        result->end = MACHINE_STOPPED;
        break;
    }
}

void simulation_judge(struct simulation *simulation, int signal, struct machine_result *result)
{
    const struct records_parser *parser = &simulation->parser;

    *result = (struct machine_result){ 0 };
    if (parser->state == RECORDS_BAD) {
        result->end = MACHINE_BAD_RECORD;
        result->text =
            xasprintf("%s, byte %" PRIu64 " of the channel", parser->reason, parser->offset);
    } else if (parser->state == RECORDS_ENDED) {
        result->end = MACHINE_ENDED;
    } else if (signal != 0) {
        result->end = MACHINE_INTERRUPTED;
        result->signal = signal;
    } else if (simulation->violated) {
        result->end = MACHINE_FOUND;
    } else {
        judge_sim(simulation, result);
    }
    result->seen = simulation->seen;
    simulation->seen = (struct sim_seen){ 0 };
}

void simulation_destroy(struct simulation *simulation)
{
    sim_destroy(simulation->machine);
    sim_seen_clear(&simulation->seen);
    free(simulation->drivers);
    free(simulation->kernel_options);
    free(simulation);
}
