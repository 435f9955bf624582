/* SPDX-License-Identifier: MIT */
/*
 * test_sim_watch.c: the machine watches the contract (sim/watch*.c): silent
 * with a right kernel, and not deaf.
 *
 * Arguments: ntoskrnl.exe, hal.dll, skew.sys, racy_counter.sys, lock_in_routine.sys.
 * That broken kernels are found is shown with tests/mutants.
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
#include "tool/pe_file.h"
#include "tool/sim_services.h"

#define MEMORY    (256ull << 20)
#define BUDGET    100000000ull
#define SCHEDULES 12u

static struct sim_file kernel, hal, skew, racy, locking;
static struct pe_file kernel_pe, hal_pe;

/* What a test looks at. */
static struct sim_machine *machine;
static struct sim_finding findings[64];
static unsigned finding_count;
static uint64_t driver_base, driver_size;
static const char *taken_for_call; /* an exported function that the machine is told is the call */
static bool stop_at_debug;

static bool in_driver(uint64_t address)
{
    return address - driver_base < driver_size;
}

struct exporter {
    uint64_t base;
};

static void add_service(void *context, const struct pe_symbol *symbol)
{
    const struct exporter *exporter = context;

    sim_add_service(machine, exporter->base + symbol->rva, sim_service_of(symbol->name),
                    symbol->name);
    if (taken_for_call != NULL && strcmp(symbol->name, taken_for_call) == 0) {
        sim_add_service(machine, exporter->base + symbol->rva, SIM_SERVICE_CALL, symbol->name);
    }
}

static void take_image(const uint8_t *payload, size_t length)
{
    RECORD_IMAGE image;
    struct exporter exporter;

    memcpy(&image, payload, sizeof(image));
    sim_add_image(machine, image.Base, image.Size, image.Driver);
    if (image.Driver >= 0) {
        driver_base = image.Base;
        driver_size = image.Size;
        return;
    }
    exporter.base = image.Base;
    if (length - sizeof(image) == 7 && memcmp(payload + sizeof(image), "hal.dll", 7) == 0) {
        pe_file_exports(&hal_pe, add_service, &exporter);
    } else {
        pe_file_exports(&kernel_pe, add_service, &exporter);
    }
}

static void take_record(const RECORD_HEADER *header, const uint8_t *payload)
{
    RECORD_DRIVER step;

    if (header->Type == RecordImage) {
        take_image(payload, header->Length);
    } else if (header->Type == RecordDriver) {
        memcpy(&step, payload, sizeof(step));
        if (step.Step == RecordDriverStarted) {
            sim_begin(machine);
        }
    } else if (header->Type == RecordDebug && stop_at_debug) {
        sim_stop(machine, SIM_STOPPED, 0);
    }
}

/* The channel: bytes become records. */
static struct {
    uint8_t bytes[RECORD_LIMIT + sizeof(RECORD_HEADER)];
    size_t size;
} channel;

static void hear(void *context, const uint8_t *bytes, size_t length)
{
    RECORD_HEADER header;

    (void)context;
    while (length-- != 0) {
        channel.bytes[channel.size++] = *bytes++;
        if (channel.size < sizeof(header)) {
            continue;
        }
        memcpy(&header, channel.bytes, sizeof(header));
        assert_int_equal(header.Magic, RECORD_MAGIC);
        if (channel.size == sizeof(header) + header.Length) {
            channel.size = 0;
            take_record(&header, channel.bytes + sizeof(header));
        }
    }
}

static void find(void *context, const struct sim_finding *finding)
{
    (void)context;
    if (finding_count < sizeof(findings) / sizeof(findings[0])) {
        findings[finding_count++] = *finding;
    }
}

static struct sim_result run(const struct sim_file *driver, unsigned processors, uint64_t seed,
                             bool snapshot)
{
    const struct sim_options options = {
        .processors = processors,
        .memory = MEMORY,
        .seed = seed,
        .races = true,
        .snapshot = snapshot,
        .kernel_options = "verify=off",
        .kernel = kernel,
        .hal = hal,
        .drivers = driver,
        .driver_count = 1,
        .budget = BUDGET,
        .report = hear,
        .found = find,
    };
    struct sim_result result;

    channel.size = 0;
    finding_count = 0;
    /* A report may come only while it runs, so that the machine is known then. */
    machine = sim_create(&options, &result);
    if (machine == NULL) {
        fail_msg("%s", result.message);
    }
    sim_run(machine, &result);
    return result;
}

static void end(void)
{
    sim_destroy(machine);
    machine = NULL;
    taken_for_call = NULL;
    stop_at_debug = false;
}

static void nothing_is_found_in_a_right_kernel(void **state)
{
    (void)state;
    for (unsigned processors = 1; processors <= 4; processors++) {
        struct sim_result result = run(&skew, processors, 1, true);

        assert_int_equal(result.end, SIM_BEGUN);
        for (unsigned seed = 1; seed <= SCHEDULES; seed++) {
            channel.size = 0;
            sim_restart(machine, seed, 100);
            sim_run(machine, &result);
            assert_int_equal(result.end, SIM_STOPPED);
            assert_int_equal(result.status, 0);
        }
        assert_int_equal(finding_count, 0);
        end();
    }
}

/* What runs no routine, but is said to be the call: so the watch is not blind. */
static void a_call_that_runs_no_routine_is_noticed(void **state)
{
    (void)state;
    for (unsigned processors = 1; processors <= 4; processors += 3) {
        taken_for_call = "DbgPrint";
        assert_int_equal(run(&skew, processors, 5, false).end, SIM_STOPPED);
        assert_int_not_equal(finding_count, 0);
        assert_int_equal(findings[0].found, SIM_FOUND_MISSED);
        assert_true(findings[0].at.returns);
        assert_true(in_driver(findings[0].at.address));
        assert_true(in_driver(findings[0].routine)); /* its first argument: the format */
        assert_int_equal(findings[0].caller, findings[0].at.address);
        assert_int_equal(findings[0].other.processor, 0);
        end();
    }
}

static void the_function_that_a_processor_is_in_has_a_name(void **state)
{
    struct sim_wait waits[4];
    unsigned inside = 0;

    (void)state;
    stop_at_debug = true;
    assert_int_equal(run(&skew, 4, 1, false).end, SIM_STOPPED);
    sim_waits(machine, waits, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(waits[i].at.processor, i);
        assert_false(waits[i].in_routine);
        if (waits[i].kind == SIM_WAIT_SERVICE) {
            assert_string_equal(waits[i].service, "DbgPrint");
            assert_true(in_driver(waits[i].at.address));
            assert_true(waits[i].at.returns);
            inside++;
        }
    }
    assert_int_equal(inside, 1);
    end();
}

static void a_race_is_found_with_the_call_in_which_it_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; finding_count == 0 && seed < 50; seed++) {
        run(&racy, 4, seed, false);
        end();
    }
    assert_int_equal(findings[0].found, SIM_FOUND_RACE);
    assert_true(in_driver(findings[0].accesses[0].place.address));
    assert_true(in_driver(findings[0].accesses[1].place.address));
    assert_int_equal(findings[0].accesses[0].place.irql, 14);
    assert_true(in_driver(findings[0].routine));
    assert_true(in_driver(findings[0].caller));
    assert_int_not_equal(findings[0].history_count, 0);
}

/* The routine waits for a lock whose holder the call has interrupted. */
static void the_holder_of_a_lock_is_named(void **state)
{
    struct sim_wait waits[4];
    unsigned waiting = 0;

    (void)state;
    for (uint64_t seed = 1; waiting == 0 && seed < 100; seed++) {
        run(&locking, 4, seed, false);
        sim_waits(machine, waits, 4);
        for (unsigned i = 0; i < 4; i++) {
            if (waits[i].kind == SIM_WAIT_LOCK) {
                assert_true(waits[i].in_routine);
                assert_true(in_driver(waits[i].routine));
                assert_true(in_driver(waits[i].object));
                assert_true(in_driver(waits[i].at.address));
                assert_true(waits[i].held);
                assert_true(waits[i].holder_interrupted);
                assert_true(in_driver(waits[i].holder.address));
                assert_int_equal(waits[i].holder.irql, 2);
                waiting++;
            }
        }
        end();
    }
    assert_int_not_equal(waiting, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_found_in_a_right_kernel),
        cmocka_unit_test(a_call_that_runs_no_routine_is_noticed),
        cmocka_unit_test(the_function_that_a_processor_is_in_has_a_name),
        cmocka_unit_test(a_race_is_found_with_the_call_in_which_it_happens),
        cmocka_unit_test(the_holder_of_a_lock_is_named),
    };
    int failed;

    if (argc != 6) {
        fprintf(stderr, "Usage: test_sim_watch KERNEL HAL SKEW RACY_COUNTER LOCK_IN_ROUTINE\n");
        return 1;
    }
    kernel = image_file(argv[1]);
    hal = image_file(argv[2]);
    skew = image_file(argv[3]);
    racy = image_file(argv[4]);
    locking = image_file(argv[5]);
    if (pe_file_open(&kernel_pe, kernel.bytes, kernel.size) != PE_SUCCESS ||
        pe_file_open(&hal_pe, hal.bytes, hal.size) != PE_SUCCESS) {
        fprintf(stderr, "the kernel is no PE file\n");
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pe_file_close(&kernel_pe);
    pe_file_close(&hal_pe);
    free((void *)kernel.bytes);
    free((void *)hal.bytes);
    free((void *)skew.bytes);
    free((void *)racy.bytes);
    free((void *)locking.bytes);
    return failed;
}
