/* SPDX-License-Identifier: MIT */
/*
 * bench_sim.c: how many empty calls the simulator does in a second of this host.
 *
 * A machine is booted once; then one schedule after another runs the bench
 * driver up to the line that it prints after its calls.  A second is one of
 * processor time, so that a busy host matters less; only what a second process
 * gains is measured in ordinary time.
 */
#define _GNU_SOURCE
#include "bench_sim.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "simulation.h"

#define MEASURE_MS 1000
#define TIMEOUT    300u /* virtual seconds */
#define JOBS       2u

struct bench_machine {
    struct simulation *simulation;
    uint64_t calls;  /* in one schedule, as the driver says */
    bool measured;   /* the driver has said so in this schedule */
};

/* on_record: the driver's line ends the schedule. */
static const char *on_record(void *context, const struct record *record)
{
    struct bench_machine *machine = context;
    const char *text = (const char *)record->payload + sizeof(RECORD_DEBUG);
    char line[160];

    if (record->type == RecordDebug && record->length > sizeof(RECORD_DEBUG)) {
        snprintf(line, sizeof(line), "%.*s", (int)(record->length - sizeof(RECORD_DEBUG)), text);
        machine->measured = sscanf(line, "empty-call processors=%*u calls=%*u tsc=%*u ticks=%*u "
                                         "frequency=%*u all=%" SCNu64,
                                   &machine->calls) == 1;
        sim_stop(machine->simulation->machine, SIM_STOPPED, 0);
    }
    return NULL;
}

/* boot: => false after a message */
static bool boot(struct bench_machine *machine, const struct load_set *set, uint32_t processors,
                 bool checked)
{
    struct simulation_options options = {
        .set = set,
        .shape = { .processors = processors, .group_size = 64, .watchdog = 60, .verify = checked },
        .seed = 1,
        .races = checked,
        .restartable = true,
        .timeout = TIMEOUT,
        .visit = on_record,
        .context = machine,
    };

    *machine = (struct bench_machine){ 0 };
    machine->simulation = simulation_create(&options);
    interrupt_stops(machine->simulation->machine);
    simulation_run(machine->simulation);
    interrupt_stops(NULL);
    if (machine->simulation->end.end != SIM_BEGUN) {
        complain("the simulator did not come up with %u processors%s%s", processors,
                 machine->simulation->end.message[0] != '\0' ? ": " : "",
                 machine->simulation->end.message);
        return false;
    }
    return true;
}

/* Calls per second. */
struct rate {
    double busy;    /* of processor time */
    double elapsed; /* of ordinary time */
};

static double processor_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* measure: run schedules for a while.  => all zero if the driver did not come to its end */
static struct rate measure(struct bench_machine *machine)
{
    const int64_t begun = monotonic_ms();
    const double busy = processor_seconds();
    int64_t elapsed;
    uint64_t calls = 0;

    for (uint64_t seed = 1;; seed++) {
        machine->measured = false;
        simulation_restart(machine->simulation, seed, 1);
        interrupt_stops(machine->simulation->machine);
        simulation_run(machine->simulation);
        interrupt_stops(NULL);
        if (!machine->measured) {
            return (struct rate){ 0 };
        }
        calls += machine->calls;
        elapsed = monotonic_ms() - begun;
        if (elapsed >= MEASURE_MS) {
            return (struct rate){ (double)calls / (processor_seconds() - busy),
                                  (double)calls * 1000 / (double)elapsed };
        }
    }
}

/* measure_alone: a machine of its own for one figure.  => all zero after a message */
static struct rate measure_alone(const struct load_set *set, uint32_t processors, bool checked)
{
    struct bench_machine machine;
    bool booted = boot(&machine, set, processors, checked);
    struct rate rate = booted ? measure(&machine) : (struct rate){ 0 };

    if (booted && rate.busy == 0) {
        complain(interrupt_caught() != 0
                     ? "interrupted"
                     : "the bench driver did not finish on %u simulated processors",
                 processors);
    }
    simulation_destroy(machine.simulation);
    return rate;
}

/* measure_jobs: the same in several processes at once.  => calls per ordinary second, or 0 */
static double measure_jobs(const struct load_set *set, uint32_t processors)
{
    double *rates = mmap(NULL, JOBS * sizeof(*rates), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct bench_machine machine;
    pid_t workers[JOBS], parent = getpid();
    double sum = 0;

    if (rates == MAP_FAILED || !boot(&machine, set, processors, false)) {
        return 0;
    }
    fflush(NULL);
    for (unsigned job = 0; job < JOBS; job++) {
        workers[job] = fork();
        if (workers[job] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            rates[job] = getppid() == parent ? measure(&machine).elapsed : 0;
            _exit(0);
        }
    }
    for (unsigned job = 0; job < JOBS; job++) {
        while (workers[job] > 0 && waitpid(workers[job], NULL, 0) < 0 && errno == EINTR) {
        }
        sum += rates[job];
    }
    simulation_destroy(machine.simulation);
    munmap(rates, JOBS * sizeof(*rates));
    return sum;
}

bool bench_sim_measure(const struct load_set *set, struct bench_sim *bench)
{
    static const struct bench_sim_figure wanted[BENCH_SIM_COUNTS] = {
        { .processors = 4, .target = 45000 },
        { .processors = 16, .target = 10000 },
        { .processors = 64, .target = 2000 },
    };
    struct rate alone[BENCH_SIM_COUNTS];
    bool good = true;

    interrupt_catch();
    for (size_t index = 0; index < BENCH_SIM_COUNTS && good; index++) {
        struct bench_sim_figure *figure = &bench->figures[index];

        *figure = wanted[index];
        alone[index] = measure_alone(set, figure->processors, false);
        figure->plain = alone[index].busy;
        figure->checked =
            figure->plain > 0 ? measure_alone(set, figure->processors, true).busy : 0;
        good = figure->checked > 0;
    }
    if (good) {
        bench->jobs_gain = measure_jobs(set, wanted[0].processors) / alone[0].elapsed;
        good = bench->jobs_gain > 0;
    }
    interrupt_release();
    return good;
}

void bench_sim_text(const struct bench_sim *bench, FILE *file)
{
    fputs("\nEmpty calls in the simulator per second of one of this host's cores\n\n"
          "processors  checks off  target  checks on  on / off\n",
          file);
    for (size_t index = 0; index < BENCH_SIM_COUNTS; index++) {
        const struct bench_sim_figure *figure = &bench->figures[index];

        fprintf(file, "%10u  %10.0f  %6u  %9.0f  %8.2f\n", figure->processors, figure->plain,
                figure->target, figure->checked, figure->checked / figure->plain);
    }
    fprintf(file,
            "\nChecks are the verifier and the race detector.  Two processes do %.2f times as many "
            "at %u processors.\n",
            bench->jobs_gain, bench->figures[0].processors);
}

void bench_sim_json(const struct bench_sim *bench, struct json *json)
{
    json_open_object(json, "simulator", false);
    json_open_array(json, "figures", false);
    for (size_t index = 0; index < BENCH_SIM_COUNTS; index++) {
        const struct bench_sim_figure *figure = &bench->figures[index];

        json_open_object(json, NULL, true);
        json_number(json, "processors", figure->processors);
        json_real(json, "calls_per_second", figure->plain);
        json_number(json, "target", figure->target);
        json_real(json, "checked_calls_per_second", figure->checked);
        json_close_object(json);
    }
    json_close_array(json);
    json_precise(json, "two_processes_gain", bench->jobs_gain);
    json_close_object(json);
}
