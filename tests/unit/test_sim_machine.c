/* SPDX-License-Identifier: MIT */
/*
 * test_sim_machine.c: the deterministic machine runs the kernel that has just
 * been built, and a seed is a run.
 *
 * Arguments: ntoskrnl.exe, hal.dll and read_msr.sys as they were built.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_file.h"
#include "record.h"

#define MEMORY (256ull << 20)
#define BUDGET 100000000ull

static struct sim_file kernel, hal, driver;
static struct sim_machine *running;

/* What a run has reported. */
struct channel {
    uint8_t *bytes;
    size_t size;
};

/* begins: do these bytes end with the header and the payload of a record that a driver starts? */
static bool begins(const struct channel *channel)
{
    RECORD_HEADER header;
    RECORD_DRIVER record;
    const size_t size = sizeof(header) + sizeof(record);

    for (size_t at = channel->size < 512 ? 0 : channel->size - 512; at + size <= channel->size; at++) {
        memcpy(&header, channel->bytes + at, sizeof(header));
        memcpy(&record, channel->bytes + at + sizeof(header), sizeof(record));
        if (header.Magic == RECORD_MAGIC && header.Type == RecordDriver &&
            record.Step == RecordDriverStarted) {
            return true;
        }
    }
    return false;
}

static void collect(void *context, const uint8_t *bytes, size_t length)
{
    struct channel *channel = context;

    channel->bytes = realloc(channel->bytes, channel->size + length);
    assert_non_null(channel->bytes);
    memcpy(channel->bytes + channel->size, bytes, length);
    channel->size += length;
    if (begins(channel)) {
        sim_begin(running);
    }
}

static struct sim_options options_for(unsigned processors, uint64_t seed, struct channel *channel)
{
    return (struct sim_options){
        .processors = processors,
        .memory = MEMORY,
        .seed = seed,
        .kernel_options = "",
        .kernel = kernel,
        .hal = hal,
        .drivers = &driver,
        .driver_count = 1,
        .budget = BUDGET,
        .report = collect,
        .context = channel,
    };
}

static struct sim_result run(const struct sim_options *options)
{
    struct sim_result result;
    struct sim_machine *machine = sim_create(options, &result);

    if (machine == NULL) {
        fail_msg("%s", result.message);
    }
    running = machine;
    sim_run(machine, &result);
    sim_destroy(machine);
    return result;
}

/* count_lines: => how many debug records there are */
static unsigned count_lines(const struct channel *channel)
{
    unsigned lines = 0;
    size_t at = 0;

    while (at + sizeof(RECORD_HEADER) <= channel->size) {
        RECORD_HEADER header;

        memcpy(&header, channel->bytes + at, sizeof(header));
        assert_int_equal(header.Magic, RECORD_MAGIC);
        lines += header.Type == RecordDebug;
        at += sizeof(header) + header.Length;
    }
    assert_int_equal(at, channel->size);
    return lines;
}

static void check_processors(unsigned processors, const uint32_t *ids, bool x2apic)
{
    struct channel channel = { NULL, 0 };
    struct sim_options options = options_for(processors, 1, &channel);
    struct sim_result result;

    options.apic_ids = ids;
    options.x2apic = x2apic;
    result = run(&options);
    assert_string_equal(result.message, "");
    assert_int_equal(result.end, SIM_STOPPED);
    assert_int_equal(result.status, 0);
    assert_int_equal(count_lines(&channel), processors);
    free(channel.bytes);
}

static void the_kernel_runs_on_any_number_of_processors(void **state)
{
    (void)state;
    for (unsigned processors = 1; processors <= 4; processors++) {
        check_processors(processors, NULL, false);
    }
    check_processors(16, NULL, false);
}

static void the_kernel_runs_in_x2apic_mode_and_with_holes_in_the_ids(void **state)
{
    static const uint32_t low[] = { 0, 3, 40, 254 }, high[] = { 0, 255, 256, 100000 };

    (void)state;
    check_processors(2, NULL, true);
    check_processors(4, low, false);
    check_processors(4, high, false);
}

static void a_seed_is_a_run(void **state)
{
    struct channel channels[3] = { { NULL, 0 } };
    struct sim_result results[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct sim_options options = options_for(4, i < 2 ? 7 : 8, &channels[i]);
        results[i] = run(&options);
    }
    assert_int_equal(results[0].schedule_hash, results[1].schedule_hash);
    assert_int_equal(results[0].instructions, results[1].instructions);
    assert_int_equal(channels[0].size, channels[1].size);
    assert_memory_equal(channels[0].bytes, channels[1].bytes, channels[0].size);
    assert_int_not_equal(results[0].schedule_hash, results[2].schedule_hash);
    for (unsigned i = 0; i < 3; i++) {
        free(channels[i].bytes);
    }
}

static void the_budget_ends_a_run(void **state)
{
    struct channel channel = { NULL, 0 };
    struct sim_options options = options_for(2, 1, &channel);
    struct sim_result result;

    (void)state;
    options.budget = 2000;
    result = run(&options);
    assert_int_equal(result.end, SIM_BUDGET);
    /* Then time rushes for a while, for the kernel's watchdog. */
    assert_in_range(result.instructions, 4000, 4400);
    free(channel.bytes);
}

/* again: run a schedule on the machine that has begun. */
static struct sim_result again(uint64_t seed, struct channel *channel, size_t booted)
{
    struct sim_result result;

    channel->size = booted;
    sim_restart(running, seed, 100);
    sim_run(running, &result);
    return result;
}

static void check_same(const struct sim_result *a, const struct channel *first,
                       const struct sim_result *b, const struct channel *second)
{
    assert_int_equal(a->end, b->end);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->instructions, b->instructions);
    assert_int_equal(a->decisions, b->decisions);
    assert_int_equal(a->schedule_hash, b->schedule_hash);
    assert_int_equal(first->size, second->size);
    assert_memory_equal(first->bytes, second->bytes, first->size);
}

/* A schedule is the same after a boot and after any others. */
static void check_restarts(enum sim_strategy strategy, unsigned processors,
                           const char *kernel_options)
{
    struct channel channel = { NULL, 0 };
    struct sim_options options = options_for(processors, 1, &channel);
    struct sim_result result;
    size_t booted;

    options.kernel_options = kernel_options;
    options.strategy = strategy;
    options.depth = 3;
    options.steps = 100;
    options.snapshot = true;
    running = sim_create(&options, &result);
    assert_non_null(running);
    sim_run(running, &result);
    assert_int_equal(result.end, SIM_BEGUN);
    booted = channel.size;
    for (unsigned round = 0; round < 12; round++) {
        struct sim_machine *machine = running;
        const uint64_t seed = 1 + round * 7 % 5;
        struct channel other = { NULL, 0 };
        struct sim_options alone = options_for(processors, seed, &other);
        struct sim_result single;

        result = again(seed, &channel, booted);
        assert_int_equal(result.end, SIM_STOPPED);
        alone.kernel_options = kernel_options;
        alone.strategy = strategy;
        alone.depth = 3;
        alone.steps = 100;
        single = run(&alone);
        check_same(&result, &channel, &single, &other);
        free(other.bytes);
        running = machine;
    }
    sim_destroy(running);
    free(channel.bytes);
}

static void a_schedule_is_the_same_after_any_others(void **state)
{
    (void)state;
    check_restarts(SIM_RANDOM, 4, "");
    check_restarts(SIM_PCT, 3, "");
    check_restarts(SIM_RANDOM, 1, "");
    /* Processors that start for the first time in each schedule. */
    check_restarts(SIM_RANDOM, 4, "processors=2 hot-add=2");
}

static void a_machine_that_never_ran_can_be_destroyed(void **state)
{
    struct channel channel = { NULL, 0 };
    struct sim_options options = options_for(4, 1, &channel);
    struct sim_result result;
    struct sim_machine *machine = sim_create(&options, &result);

    (void)state;
    assert_non_null(machine);
    sim_destroy(machine);
    assert_int_equal(channel.size, 0);
}

static void impossible_machines_are_refused_with_a_reason(void **state)
{
    struct channel channel = { NULL, 0 };
    struct sim_options options = options_for(0, 1, &channel);
    struct sim_result result;

    (void)state;
    assert_null(sim_create(&options, &result));
    assert_string_not_equal(result.message, "");
    options = options_for(SIM_MAX_PROCESSORS + 1, 1, &channel);
    assert_null(sim_create(&options, &result));
    options = options_for(1, 1, &channel);
    options.memory = 12345;
    assert_null(sim_create(&options, &result));
    options = options_for(1, 1, &channel);
    options.kernel.size = 100;
    assert_null(sim_create(&options, &result));
    assert_string_not_equal(result.message, "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_runs_on_any_number_of_processors),
        cmocka_unit_test(the_kernel_runs_in_x2apic_mode_and_with_holes_in_the_ids),
        cmocka_unit_test(a_seed_is_a_run),
        cmocka_unit_test(the_budget_ends_a_run),
        cmocka_unit_test(a_schedule_is_the_same_after_any_others),
        cmocka_unit_test(a_machine_that_never_ran_can_be_destroyed),
        cmocka_unit_test(impossible_machines_are_refused_with_a_reason),
    };
    int failed;

    if (argc != 4) {
        fprintf(stderr, "usage: test_sim_machine NTOSKRNL.EXE HAL.DLL READ_MSR.SYS\n");
        return 2;
    }
    kernel = image_file(argv[1]);
    hal = image_file(argv[2]);
    driver = image_file(argv[3]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free((void *)kernel.bytes);
    free((void *)hal.bytes);
    free((void *)driver.bytes);
    return failed;
}
