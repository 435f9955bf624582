/* SPDX-License-Identifier: MIT */
/*
 * options.h: the options of `allcall run`, from one table.
 */
#pragma once

#include "machine.h"
#include "requests.h"
#include "strategy.h"

struct run_options {
    enum machine_kind machine;
    bool machine_given; /* by the command line, else it is the default */
    uint32_t processors;
    uint32_t hot_add;
    uint32_t group_size;
    uint32_t watchdog; /* seconds */
    uint32_t timeout;  /* seconds */
    uint32_t record;   /* calls */
    uint64_t seed;
    struct strategy strategy; /* sim */
    bool verify;
    bool races;           /* sim */
    bool on_violation_stop; /* sim */
    const char *only_sim; /* an option that was given and belongs to sim, or NULL */
    const char *accel; /* ACCEL_TURNS, "tcg,thread=multi" or "kvm"; qemu */
    bool gdb;
    const char *json; /* file name, "-", or NULL */
    struct requests requests;
    char **drivers;
    size_t driver_count;
};

/*
 * options_set_defaults: what holds if nothing is said; no drivers.
 */
void options_set_defaults(struct run_options *options);

/*
 * options_parse_run: take `allcall run`'s command line apart.
 * => does not return if it is wrong (EXIT_USAGE) or asks for help
 */
void options_parse_run(struct run_options *options, int argc, char **argv);

/*
 * options_add_driver: one more.
 */
void options_add_driver(struct run_options *options, char *path);

/*
 * options_machine_name: as --machine has it.
 */
const char *options_machine_name(enum machine_kind machine);

/*
 * options_shape: what the machine is like.
 */
struct machine_shape options_shape(const struct run_options *options, const struct load_set *set);

/*
 * options_replay: the command line that does this run again, without --json; the caller frees.
 */
char *options_replay(const struct run_options *options);
