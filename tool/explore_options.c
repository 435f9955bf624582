/* SPDX-License-Identifier: MIT */
/*
 * explore_options.c: the options of `allcall explore`, and the machines it takes turns on.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"
#include "option_values.h"

#define MAXIMUM_SCHEDULES 1000000000000u
#define MAXIMUM_SECONDS   1000000u

/* Where nothing is said: some bugs show only on some machines. */
static const struct explore_shape usual_shapes[] = {
    { .processors = 4, .group_size = 64 },
    { .processors = 4, .group_size = 2 },
    { .processors = 3, .group_size = 64, .hot_add = 1 },
};

enum key {
    KEY_PROCESSORS = 256,
    KEY_GROUP_SIZE,
    KEY_HOT_ADD,
    KEY_VERIFY,
    KEY_RACES,
    KEY_ON_VIOLATION,
    KEY_WATCHDOG,
    KEY_SCHEDULES,
    KEY_SECONDS,
    KEY_STRATEGY,
    KEY_SEED,
    KEY_JOBS,
    KEY_JSON,
    KEY_IOCTL,
};

static const struct argp_option table[] = {
    { NULL, 0, NULL, 0, "The machine; without these, machines of several shapes take turns:", 1 },
    { "processors", KEY_PROCESSORS, "N", 0, "number of processors, 1 to 256", 1 },
    { "group-size", KEY_GROUP_SIZE, "N", 0, "processors per group, 1 to 64", 1 },
    { "hot-add", KEY_HOT_ADD, "N", 0,
      "N more processors come up after the last DriverEntry, before the unloading", 1 },
    { NULL, 0, NULL, 0, "The schedules:", 2 },
    { "schedules", KEY_SCHEDULES, "N", 0, "how many to run (default 10,000)", 2 },
    { "seconds", KEY_SECONDS, "S", 0, "end after S seconds (default 60)", 2 },
    { "strategy", KEY_STRATEGY, "random|pct[:D[:K]]", 0,
      "how a schedule is drawn from its seed (default random): pct gives the processors priorities, "
      "which change at D - 1 of K decision points (default 3; K is measured), and says how likely a "
      "bug of that depth is to be found",
      2 },
    { "seed", KEY_SEED, "S", 0, "seed of the first schedule (default 1); the next has the next", 2 },
    { "jobs", KEY_JOBS, "N", 0, "processes that run schedules (default: one for each core)", 2 },
    { "ioctl", KEY_IOCTL, "CODE[:HEX]", 0,
      "in each schedule a device control request to the first device, after the last DriverEntry; may "
      "be given again",
      2 },
    { NULL, 0, NULL, 0, "What is checked:", 3 },
    { "verify", KEY_VERIFY, "on|off", 0, "check the rules of the routine (default on)", 3 },
    { "races", KEY_RACES, "on|off", 0, "find data races (default on)", 3 },
    { "on-violation", KEY_ON_VIOLATION, "stop|continue", 0,
      "end with the first schedule that shows a finding, or go on (default continue)", 3 },
    { "watchdog", KEY_WATCHDOG, "S", 0,
      "a call may take S seconds of the machine's own time (default 10)", 3 },
    { NULL, 0, NULL, 0, "The report:", 4 },
    { "json", KEY_JSON, "FILE|-", 0,
      "write the report as JSON; with - standard output is that one object and nothing else", 4 },
    { NULL, 'h', NULL, OPTION_HIDDEN, NULL, -1 },
    { 0 },
};

static const char documentation[] =
    "Run drivers under many schedules on the deterministic simulator, report each bug once, with "
    "the command that shows it again, and how much of the drivers has run."
    "\v"
    "Schedule n has the seed n unless --seed says otherwise.  Some bugs show only on some machines: "
    "unless --processors, --group-size or --hot-add is given, the schedules take turns on 4 "
    "processors, on 4 processors in groups of 2, and on 3 processors and 1 that is added.\n"
    "\n"
    "Exit status: as of run: 0 nothing found, 1 a finding, 2 the command line or a file is wrong, "
    "3 the simulator failed.  An interrupted one (Ctrl-C) reports what it has found so far and ends "
    "by that signal.\n"
    "\n"
    "Example:\n"
    "  allcall explore --schedules 100000 --seconds 600 mine.sys";

/* own_shape: the one shape that the command line asks for. */
static struct explore_shape *own_shape(struct explore_options *options)
{
    if (options->shape_count == 0) {
        options->shapes[0] = usual_shapes[0];
        options->shape_count = 1;
    }
    return &options->shapes[0];
}

static unsigned cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    return count < 1 ? 1 : (unsigned)count > EXPLORE_MAXIMUM_JOBS ? EXPLORE_MAXIMUM_JOBS
                                                                  : (unsigned)count;
}

static void check_together(struct argp_state *state, struct explore_options *options)
{
    if (options->shape_count != 0 &&
        explore_shape_processors(&options->shapes[0]) > SIM_MAX_PROCESSORS) {
        argp_error(state, "--processors %u --hot-add %u: the machine runs at most %u processors",
                   options->shapes[0].processors, options->shapes[0].hot_add, SIM_MAX_PROCESSORS);
    }
    if (options->run.seed > OPTION_MAXIMUM_SEED - (options->schedules - 1)) {
        argp_error(state, "--seed %llu: there are no seeds for %llu schedules above it",
                   (unsigned long long)options->run.seed, (unsigned long long)options->schedules);
    }
    if (options->shape_count == 0) {
        options->shape_count = sizeof(usual_shapes) / sizeof(usual_shapes[0]);
        memcpy(options->shapes, usual_shapes, sizeof(usual_shapes));
    }
    if (options->jobs > options->schedules) {
        options->jobs = (unsigned)options->schedules;
    }
}

/* take_check: the options that say what is checked.  => false: it is none of them */
static bool take_check(int key, const char *text, struct argp_state *state,
                       struct run_options *run)
{
    const char *name = option_name(table, key);

    switch (key) {
    case KEY_VERIFY:
        run->verify = option_choice(state, name, text, "on", "off");
        return true;
    case KEY_RACES:
        run->races = option_choice(state, name, text, "on", "off");
        return true;
    case KEY_ON_VIOLATION:
        run->on_violation_stop = option_choice(state, name, text, "stop", "continue");
        return true;
    case KEY_WATCHDOG:
        run->watchdog = (uint32_t)option_number(state, name, text, 1, 86400);
        return true;
    case KEY_STRATEGY:
        run->strategy = option_strategy(state, name, text);
        return true;
    case KEY_SEED:
        run->seed = option_number(state, name, text, 0, OPTION_MAXIMUM_SEED);
        return true;
    case KEY_IOCTL:
        requests_add(state, &run->requests, REQUEST_IOCTL, text);
        return true;
    }
    return false;
}

static error_t take_option(int key, char *text, struct argp_state *state)
{
    struct explore_options *options = state->input;
    const char *name = option_name(table, key);

    switch (key) {
    case KEY_PROCESSORS:
        own_shape(options)->processors =
            (uint32_t)option_number(state, name, text, 1, SIM_MAX_PROCESSORS);
        return 0;
    case KEY_GROUP_SIZE:
        own_shape(options)->group_size = (uint32_t)option_number(state, name, text, 1, 64);
        return 0;
    case KEY_HOT_ADD:
        own_shape(options)->hot_add =
            (uint32_t)option_number(state, name, text, 0, SIM_MAX_PROCESSORS - 1);
        return 0;
    case KEY_SCHEDULES:
        options->schedules = option_number(state, name, text, 1, MAXIMUM_SCHEDULES);
        return 0;
    case KEY_SECONDS:
        options->seconds = (uint32_t)option_number(state, name, text, 1, MAXIMUM_SECONDS);
        return 0;
    case KEY_JOBS:
        options->jobs = (unsigned)option_number(state, name, text, 1, EXPLORE_MAXIMUM_JOBS);
        return 0;
    case KEY_JSON:
        options->run.json = text;
        return 0;
    case 'h':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case ARGP_KEY_ARG:
        options_add_driver(&options->run, text);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which driver? Name at least one .sys file");
        return 0;
    case ARGP_KEY_END:
        check_together(state, options);
        return 0;
    }
    return take_check(key, text, state, &options->run) ? 0 : ARGP_ERR_UNKNOWN;
}

void explore_parse_options(struct explore_options *options, int argc, char **argv)
{
    static const struct argp parser = {
        .options = table, .parser = take_option, .args_doc = "DRIVER.sys...", .doc = documentation
    };

    memset(options, 0, sizeof(*options));
    options_set_defaults(&options->run);
    options->run.on_violation_stop = false;
    options->schedules = 10000;
    options->seconds = 60;
    options->jobs = cores();
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&parser, argc, argv, 0, NULL, options);
}

uint32_t explore_shape_processors(const struct explore_shape *shape)
{
    return shape->processors + shape->hot_add;
}

char *explore_shape_text(const struct explore_shape *shape)
{
    struct buffer text = { 0 };

    buffer_print(&text, "%u processor%s", shape->processors, shape->processors == 1 ? "" : "s");
    if (shape->group_size < explore_shape_processors(shape)) {
        buffer_print(&text, " in groups of %u", shape->group_size);
    }
    if (shape->hot_add != 0) {
        buffer_print(&text, " and %u hot-added", shape->hot_add);
    }
    return text.text;
}
