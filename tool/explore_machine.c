/* SPDX-License-Identifier: MIT */
/*
 * explore_machine.c: a booted machine that runs one schedule after another.
 *
 * A clean schedule costs next to nothing here: its records are looked at and
 * forgotten.  Those that a judgement needs are kept until the next one begins,
 * so that of a schedule that may show something a model can be made.
 */
#include "explore.h"

#include <stdlib.h>
#include <string.h>

#include "interrupt.h"

uint64_t explore_seed(const struct explore *explore, uint64_t number)
{
    return explore->options.run.seed + number - 1;
}

size_t explore_shape_of(const struct explore *explore, uint64_t number)
{
    return (number - 1) % explore->options.shape_count;
}

/* schedule_options: what `allcall run` needs to run it alone. */
static struct run_options schedule_options(const struct explore *explore, size_t shape)
{
    struct run_options run = explore->options.run;

    run.processors = explore->options.shapes[shape].processors;
    run.hot_add = explore->options.shapes[shape].hot_add;
    run.group_size = explore->options.shapes[shape].group_size;
    if (run.strategy.kind == SIM_PCT && run.strategy.steps == 0) {
        run.strategy.steps = explore->shared->steps[shape];
    }
    return run;
}

char *explore_replay(const struct explore *explore, uint64_t number)
{
    struct run_options run = schedule_options(explore, explore_shape_of(explore, number));

    run.seed = explore_seed(explore, number);
    return options_replay(&run);
}

/* Records that are kept --------------------------------------------------------- */

struct log_entry {
    uint32_t type, length;
};

static void log_add(struct buffer *log, const struct record *record)
{
    struct log_entry entry = { record->type, record->length };

    buffer_add(log, &entry, sizeof(entry));
    buffer_add(log, record->payload, record->length);
}

static void log_replay(const struct buffer *log, struct run_model *model)
{
    size_t place = 0;

    while (place < log->length) {
        struct log_entry entry;
        struct record record;

        memcpy(&entry, log->text + place, sizeof(entry));
        place += sizeof(entry);
        record = (struct record){ (uint16_t)entry.type, entry.length,
                                  (const uint8_t *)log->text + place };
        run_model_take(model, &record);
        place += entry.length;
    }
}

/* is_suspicious: does this record alone ask for a judgement? */
static bool is_suspicious(const struct record *record)
{
    RECORD_FINDING finding;
    RECORD_DRIVER step;
    RECORD_END end;

    switch (record->type) {
    case RecordBugCheck:
        return true;
    case RecordFinding:
        if (record->length >= sizeof(finding)) {
            memcpy(&finding, record->payload, sizeof(finding));
            return !finding.Note;
        }
        return true;
    case RecordDriver:
        if (record->length >= sizeof(step)) {
            memcpy(&step, record->payload, sizeof(step));
            return step.Step == RecordDriverReturned && (int32_t)step.Status < 0;
        }
        return true;
    case RecordOpened:
        return record->length <= sizeof(RECORD_OPENED); /* there is no device */
    case RecordEnd:
        if (record->length >= sizeof(end)) {
            memcpy(&end, record->payload, sizeof(end));
            return end.Status != 0;
        }
        return true;
    }
    return false;
}

/* on_record: keep what a judgement needs; calls, debug output and requests are no part of it. */
static const char *on_record(void *context, const struct record *record)
{
    struct explore_machine *machine = context;

    if (record->type != RecordCall && record->type != RecordDebug &&
        record->type != RecordHeartbeat && record->type != RecordRequest) {
        log_add(machine->begun ? &machine->log : &machine->boot, record);
    }
    machine->suspicious = machine->suspicious || is_suspicious(record);
    return NULL;
}

/* Running -------------------------------------------------------------------------- */

bool explore_boot(struct explore *explore, size_t shape)
{
    struct explore_machine *machine = &explore->machines[shape];
    struct run_options run = schedule_options(explore, shape);
    struct simulation_options options = {
        .set = &explore->set,
        .shape = options_shape(&run, &explore->set),
        .seed = run.seed,
        .strategy = run.strategy,
        .races = run.races,
        .restartable = true,
        .on_violation_stop = run.on_violation_stop,
        .timeout = run.timeout,
        .visit = on_record,
        .context = machine,
    };

    machine->driver_count = explore->set.driver_count;
    machine->simulation = simulation_create(&options);
    interrupt_stops(machine->simulation->machine);
    simulation_run(machine->simulation);
    interrupt_stops(NULL);
    machine->begun = machine->simulation->end.end == SIM_BEGUN;
    run_model_begin(&explore->booted[shape], machine->driver_count, false, NULL);
    log_replay(&machine->boot, &explore->booted[shape]);
    run_model_finish(&explore->booted[shape]);
    return machine->begun;
}

bool explore_run(struct explore *explore, uint64_t number)
{
    const size_t shape = explore_shape_of(explore, number);
    struct explore_machine *machine = &explore->machines[shape];
    struct simulation *simulation = machine->simulation;

    machine->log.length = 0;
    machine->suspicious = false;
    simulation_restart(simulation, explore_seed(explore, number), explore->shared->steps[shape]);
    interrupt_stops(simulation->machine);
    simulation_run(simulation);
    interrupt_stops(NULL);
    return !machine->suspicious && simulation->parser.state == RECORDS_ENDED &&
           simulation->seen.finding_count == 0;
}

void explore_judge(struct explore *explore, size_t shape, struct explore_verdict *verdict)
{
    struct explore_machine *machine = &explore->machines[shape];

    memset(verdict, 0, sizeof(*verdict));
    run_model_begin(&verdict->model, machine->driver_count, false, NULL);
    log_replay(&machine->boot, &verdict->model);
    log_replay(&machine->log, &verdict->model);
    run_model_finish(&verdict->model);
    simulation_judge(machine->simulation, interrupt_caught(), &verdict->result);
    verdict->outcome = (struct outcome){ .model = &verdict->model,
                                         .result = &verdict->result,
                                         .symbols = explore->symbols,
                                         .drivers = explore->set.driver_names,
                                         .timeout = explore->options.run.timeout,
                                         .requested = explore->options.run.requests.count,
                                         .watchdog = explore->options.run.watchdog };
    outcome_judge(&verdict->outcome);
}

void explore_verdict_free(struct explore_verdict *verdict)
{
    outcome_free(&verdict->outcome);
    run_model_free(&verdict->model);
    machine_result_free(&verdict->result);
}

void explore_machine_free(struct explore_machine *machine)
{
    if (machine->simulation != NULL) {
        simulation_destroy(machine->simulation);
    }
    buffer_free(&machine->boot);
    buffer_free(&machine->log);
}
