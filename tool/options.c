/* SPDX-License-Identifier: MIT */
/*
 * options.c: the options of `allcall run`.
 *
 * One table names every option, with its limits, default and help.
 */
#define _GNU_SOURCE
#include "options.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "option_values.h"

#define TCG_PROCESSORS 255u
#define SIM_PROCESSORS 256u

enum key {
    KEY_MACHINE = 256,
    KEY_PROCESSORS,
    KEY_GROUP_SIZE,
    KEY_HOT_ADD,
    KEY_VERIFY,
    KEY_RACES,
    KEY_ON_VIOLATION,
    KEY_WATCHDOG,
    KEY_TIMEOUT,
    KEY_SEED,
    KEY_STRATEGY,
    KEY_IOCTL,
    KEY_READ,
    KEY_WRITE,
    KEY_RECORD,
    KEY_ACCEL,
    KEY_GDB,
    KEY_JSON,
};

enum group {
    GROUP_MACHINE = 1,
    GROUP_REQUESTS,
    GROUP_CHECKS,
    GROUP_REPORT,
};

static const struct argp_option table[] = {
    { NULL, 0, NULL, 0, "The machine:", GROUP_MACHINE },
    { "machine", KEY_MACHINE, "sim|qemu", 0,
      "which machine: the deterministic simulator, which also finds races, deadlocks and broken "
      "promises of the call itself, or QEMU (default sim; with --accel or --gdb qemu)",
      GROUP_MACHINE },
    { "processors", KEY_PROCESSORS, "N", 0,
      "number of processors, 1 to 255 on qemu, 1 to 256 on sim (default 4)", GROUP_MACHINE },
    { "hot-add", KEY_HOT_ADD, "N", 0,
      "N more processors come up after the last DriverEntry, before the unloading (default 0)",
      GROUP_MACHINE },
    { "group-size", KEY_GROUP_SIZE, "N", 0, "processors per group, 1 to 64 (default 64)",
      GROUP_MACHINE },
    { "accel", KEY_ACCEL, "tcg|tcg,thread=multi|kvm", 0, "QEMU's accelerator (default tcg; qemu)",
      GROUP_MACHINE },
    { "gdb", KEY_GDB, NULL, 0,
      "wait for gdb and print the commands that attach it with symbols; no time limit then (qemu)",
      GROUP_MACHINE },
    { NULL, 0, NULL, 0,
      "Requests to the first device, in the order given, after the last DriverEntry; each of these "
      "options may be given again:",
      GROUP_REQUESTS },
    { "ioctl", KEY_IOCTL, "CODE[:HEX]", 0,
      "a device control request, with the bytes HEX as input and an output buffer of 4096 bytes",
      GROUP_REQUESTS },
    { "read", KEY_READ, "N", 0, "read N bytes, 0 to 32768", GROUP_REQUESTS },
    { "write", KEY_WRITE, "HEX", 0, "write the bytes HEX", GROUP_REQUESTS },
    { NULL, 0, NULL, 0, "What is checked:", GROUP_CHECKS },
    { "verify", KEY_VERIFY, "on|off", 0,
      "check the rules of the routine (default on; this build has no checks yet)", GROUP_CHECKS },
    { "watchdog", KEY_WATCHDOG, "S", 0, "a call may take S seconds (default 10)", GROUP_CHECKS },
    { "timeout", KEY_TIMEOUT, "S", 0,
      "the whole run may take S seconds, of the machine's own time on sim (default 60)",
      GROUP_CHECKS },
    { "seed", KEY_SEED, "S", 0,
      "seed of the schedule (default 1): on sim the same seed is the same run, byte for byte; "
      "QEMU's schedule does not follow it",
      GROUP_CHECKS },
    { "strategy", KEY_STRATEGY, "random|pct[:D[:K]]", 0,
      "how the schedule is drawn from the seed (default random; sim): pct gives the processors "
      "priorities, which change at D - 1 of K decision points (default 3 of 1000)",
      GROUP_CHECKS },
    { "races", KEY_RACES, "on|off", 0, "find data races (default on; sim)", GROUP_CHECKS },
    { "on-violation", KEY_ON_VIOLATION, "stop|continue", 0,
      "end the run at the first finding, or go on (default stop; sim)", GROUP_CHECKS },
    { NULL, 0, NULL, 0, "The report:", GROUP_REPORT },
    { "record", KEY_RECORD, "N", 0,
      "keep the first N calls in full, and the slowest of the others (default 1000; 0 = none)",
      GROUP_REPORT },
    { "json", KEY_JSON, "FILE|-", 0,
      "write the report as JSON; with - standard output is that one object and nothing else",
      GROUP_REPORT },
    { NULL, 'h', NULL, OPTION_HIDDEN, NULL, -1 },
    { 0 },
};

static const char documentation[] =
    "Start a machine with the kernel, load the drivers in the order given, call DriverEntry of "
    "each, send the requests, call DriverUnload of each, and report every KeIpiGenericCall that "
    "they made."
    "\v"
    "What DbgPrint prints goes to standard output as it comes; the report of the calls follows, "
    "then "
    "the outcome.\n"
    "\n"
    "Exit status:\n"
    "  0  nothing found\n"
    "  1  a finding: a bug check, a call that does not end, a hang, a DriverEntry that failed\n"
    "  2  the command line or a driver file is wrong, or an import is missing\n"
    "  3  the machine never came up or failed itself\n"
    "An interrupted run (Ctrl-C) stops the machine and ends by that signal.\n"
    "\n"
    "Example:\n"
    "  allcall cc hello.c -o hello.sys && allcall run --processors 8 hello.sys";

static uint32_t take_small(struct argp_state *state, int key, const char *text, uint32_t least,
                           uint32_t most)
{
    return (uint32_t)option_number(state, option_name(table, key), text, least, most);
}

static bool take_choice(struct argp_state *state, int key, const char *text, const char *yes,
                        const char *no)
{
    return option_choice(state, option_name(table, key), text, yes, no);
}

/* take_accel: => how the user says it, one of ours */
static const char *take_accel(struct argp_state *state, const char *text)
{
    static const char *const known[] = { ACCEL_TURNS, "tcg,thread=multi", "kvm" };

    for (size_t index = 0; index < sizeof(known) / sizeof(known[0]); index++) {
        if (strcmp(text, known[index]) == 0) {
            return known[index];
        }
    }
    argp_error(state, "--accel %s: tcg, tcg,thread=multi or kvm is expected", text);
    return ACCEL_TURNS;
}

const char *options_machine_name(enum machine_kind machine)
{
    return machine == MACHINE_SIM ? "sim" : "qemu";
}

/* check_processors: does the machine have so many, those that are held back included? */
static void check_processors(struct argp_state *state, const struct run_options *options)
{
    const bool qemu = options->machine == MACHINE_QEMU;
    const uint32_t most = qemu ? TCG_PROCESSORS : SIM_PROCESSORS;

    if (options->processors + options->hot_add <= most) {
        return;
    }
    if (options->hot_add == 0) {
        argp_error(state, "--processors %u: %s machine runs at most %u processors",
                   options->processors, qemu ? "QEMU's" : "the simulated", most);
    } else {
        argp_error(state, "--processors %u --hot-add %u: %s machine runs at most %u processors",
                   options->processors, options->hot_add, qemu ? "QEMU's" : "the simulated", most);
    }
}

/* check_together: what is right only for one of the machines, once all options are known. */
static void check_together(struct argp_state *state, struct run_options *options)
{
    if (!options->machine_given && (options->accel != NULL || options->gdb)) {
        options->machine = MACHINE_QEMU;
    }
    check_processors(state, options);
    if (options->machine == MACHINE_SIM && options->accel != NULL) {
        argp_error(state, "--accel belongs to --machine qemu");
    }
    if (options->machine == MACHINE_SIM && options->gdb) {
        argp_error(state, "--gdb belongs to --machine qemu");
    }
    if (options->machine == MACHINE_QEMU && options->only_sim != NULL) {
        argp_error(state, "--%s belongs to --machine sim", options->only_sim);
    }
    if (options->strategy.kind == SIM_PCT && options->strategy.steps == 0) {
        options->strategy.steps = STRATEGY_USUAL_STEPS;
    }
    if (options->accel == NULL) {
        options->accel = ACCEL_TURNS;
    }
}

void options_add_driver(struct run_options *options, char *path)
{
    options->drivers =
        xrealloc(options->drivers, (options->driver_count + 1) * sizeof(*options->drivers));
    options->drivers[options->driver_count++] = path;
}

/* take_request: => false: it is no request */
static bool take_request(int key, const char *text, struct argp_state *state,
                         struct requests *requests)
{
    switch (key) {
    case KEY_IOCTL:
        requests_add(state, requests, REQUEST_IOCTL, text);
        return true;
    case KEY_READ:
        requests_add(state, requests, REQUEST_READ, text);
        return true;
    case KEY_WRITE:
        requests_add(state, requests, REQUEST_WRITE, text);
        return true;
    }
    return false;
}

static error_t take_machine_option(int key, char *text, struct argp_state *state,
                                   struct run_options *options)
{
    switch (key) {
    case KEY_MACHINE:
        options->machine =
            take_choice(state, key, text, "sim", "qemu") ? MACHINE_SIM : MACHINE_QEMU;
        options->machine_given = true;
        return 0;
    case KEY_PROCESSORS:
        options->processors = take_small(state, key, text, 1, SIM_PROCESSORS);
        return 0;
    case KEY_HOT_ADD:
        options->hot_add = take_small(state, key, text, 0, SIM_PROCESSORS - 1);
        return 0;
    case KEY_GROUP_SIZE:
        options->group_size = take_small(state, key, text, 1, 64);
        return 0;
    case KEY_ACCEL:
        options->accel = take_accel(state, text);
        return 0;
    case KEY_GDB:
        options->gdb = true;
        return 0;
    }
    return take_request(key, text, state, &options->requests) ? 0 : ARGP_ERR_UNKNOWN;
}

static error_t take_check_option(int key, char *text, struct argp_state *state,
                                 struct run_options *options)
{
    switch (key) {
    case KEY_VERIFY:
        options->verify = take_choice(state, key, text, "on", "off");
        return 0;
    case KEY_RACES:
        options->races = take_choice(state, key, text, "on", "off");
        options->only_sim = option_name(table, key);
        return 0;
    case KEY_ON_VIOLATION:
        options->on_violation_stop = take_choice(state, key, text, "stop", "continue");
        options->only_sim = option_name(table, key);
        return 0;
    case KEY_WATCHDOG:
        options->watchdog = take_small(state, key, text, 1, 86400);
        return 0;
    case KEY_TIMEOUT:
        options->timeout = take_small(state, key, text, 1, 86400);
        return 0;
    case KEY_SEED:
        options->seed = option_number(state, option_name(table, key), text, 0, OPTION_MAXIMUM_SEED);
        return 0;
    case KEY_STRATEGY:
        options->strategy = option_strategy(state, option_name(table, key), text);
        options->only_sim = option_name(table, key);
        return 0;
    }
    return take_machine_option(key, text, state, options);
}

static error_t take_option(int key, char *text, struct argp_state *state)
{
    struct run_options *options = state->input;

    switch (key) {
    case KEY_RECORD:
        options->record = take_small(state, key, text, 0, 10000000);
        return 0;
    case KEY_JSON:
        options->json = text;
        return 0;
    case 'h':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case ARGP_KEY_ARG:
        options_add_driver(options, text);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which driver? Name at least one .sys file");
        return 0;
    case ARGP_KEY_END:
        check_together(state, options);
        return 0;
    }
    return take_check_option(key, text, state, options);
}

void options_set_defaults(struct run_options *options)
{
    memset(options, 0, sizeof(*options));
    options->machine = MACHINE_SIM;
    options->processors = 4;
    options->group_size = 64;
    options->watchdog = 10;
    options->timeout = 60;
    options->record = 1000;
    options->seed = 1;
    options->verify = true;
    options->races = true;
    options->on_violation_stop = true;
}

void options_parse_run(struct run_options *options, int argc, char **argv)
{
    static const struct argp parser = {
        .options = table, .parser = take_option, .args_doc = "DRIVER.sys...", .doc = documentation
    };

    options_set_defaults(options);
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&parser, argc, argv, 0, NULL, options);
}

struct machine_shape options_shape(const struct run_options *options, const struct load_set *set)
{
    struct machine_shape shape = { .processors = options->processors,
                                   .hot_add = options->hot_add,
                                   .group_size = options->group_size,
                                   .record = options->record,
                                   .watchdog = options->watchdog,
                                   .verify = options->verify,
                                   .requests = options->requests.text.text };

    for (size_t index = 0; index < set->driver_count; index++) {
        shape.files += set->drivers[index].size + set->drivers[index].pe.image.Size;
    }
    return shape;
}

/* add_word: a word of a command line, quoted for a shell where that is needed. */
static void add_word(struct buffer *line, const char *word)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_-+=.,:/@%";

    buffer_print(line, " ");
    if (word[0] != '\0' && strspn(word, safe) == strlen(word)) {
        buffer_print(line, "%s", word);
        return;
    }
    buffer_print(line, "'");
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            buffer_print(line, "'\\''");
        } else {
            buffer_add(line, word, 1);
        }
    }
    buffer_print(line, "'");
}

char *options_replay(const struct run_options *options)
{
    const struct {
        const char *name;
        uint32_t value, usual;
    } numbers[] = {
        { "hot-add", options->hot_add, 0 },
        { "group-size", options->group_size, 64 },
        { "watchdog", options->watchdog, 10 },
        { "timeout", options->timeout, 60 },
        { "record", options->record, 1000 },
    };
    struct buffer line = { 0 };
    bool dashes = false;

    buffer_print(&line, "allcall run --machine %s --processors %u",
                 options_machine_name(options->machine), options->processors);
    for (size_t index = 0; index < sizeof(numbers) / sizeof(numbers[0]); index++) {
        if (numbers[index].value != numbers[index].usual) {
            buffer_print(&line, " --%s %u", numbers[index].name, numbers[index].value);
        }
    }
    if (options->seed != 1 || options->machine == MACHINE_SIM) {
        buffer_print(&line, " --seed %llu", (unsigned long long)options->seed);
    }
    if (options->strategy.kind != SIM_RANDOM) {
        char *strategy = strategy_text(&options->strategy);

        buffer_print(&line, " --strategy %s", strategy);
        free(strategy);
    }
    if (options->accel != NULL && strcmp(options->accel, ACCEL_TURNS) != 0) {
        buffer_print(&line, " --accel %s", options->accel);
    }
    buffer_print(&line, "%s%s%s", options->verify ? "" : " --verify off",
                 options->races ? "" : " --races off",
                 options->on_violation_stop ? "" : " --on-violation continue");
    requests_replay(&options->requests, &line);
    for (size_t index = 0; index < options->driver_count; index++) {
        if (options->drivers[index][0] == '-' && !dashes) {
            buffer_print(&line, " --");
            dashes = true;
        }
        add_word(&line, options->drivers[index]);
    }
    return line.text;
}
