/* SPDX-License-Identifier: MIT */
/*
 * test_seen.c: from what the deterministic machine has seen itself to text, JSON
 * and exit status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reported.h"

#define KERNEL  0xFFFFF80200000000ull
#define DRIVER  0xFFFFF88000010000ull
#define ROUTINE (DRIVER + 0x1000)
#define COUNTER (DRIVER + 0x3010)
#define LOCK    (DRIVER + 0x3020)

/* report_of: what a run of one driver on three processors is reported as; it is forgotten then. */
static struct reported report_of(struct machine_result *result, struct buffer *channel)
{
    static const struct driver_name driver = { "drv.sys", "drv.sys" };
    struct reported reported = reported_run(channel, result, &driver,
                                            (struct report){ .machine = "sim",
                                                             .processors = 3,
                                                             .seed = 7,
                                                             .replay =
                                                                 "allcall run --seed 7 drv.sys" });

    buffer_free(channel);
    machine_result_free(result);
    return reported;
}

static struct buffer started(void)
{
    struct buffer channel = { 0 };

    channel_hello(&channel, 3);
    channel_image(&channel, KERNEL, -1, "ntoskrnl.exe");
    channel_image(&channel, DRIVER, 0, "drv.sys");
    channel_step(&channel, RecordDriverStarted, 0, "");
    return channel;
}

/* report_finding_of: a run that was stopped at that finding. */
static struct reported report_finding_of(const struct sim_finding *finding)
{
    struct machine_result result = { .end = MACHINE_FOUND };
    struct buffer channel = started();

    assert_true(sim_seen_add(&result.seen, finding));
    return report_of(&result, &channel);
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no\n%s\nin\n%s", part, text);
    }
}

static struct sim_access access_of(unsigned processor, uint64_t time, uint64_t code,
                                   enum sim_access_kind kind, uint64_t target)
{
    return (struct sim_access){ { processor, 14, false, DRIVER + code, time }, kind, target, 4 };
}

/* racy: processors 0 and 2 each do what an increment is made of. */
static struct sim_finding racy(void)
{
    struct sim_finding race = { .found = SIM_FOUND_RACE, .routine = ROUTINE };

    race.history[0] = access_of(0, 10, 0x1004, SIM_READS, COUNTER);
    race.history[1] = access_of(2, 11, 0x1004, SIM_READS, COUNTER);
    race.history[2] = access_of(0, 12, 0x1008, SIM_WRITES, COUNTER);
    race.history[3] = access_of(2, 13, 0x1008, SIM_WRITES, COUNTER);
    race.history_count = 4;
    race.accesses[0] = race.history[3];
    race.accesses[1] = race.history[2];
    return race;
}

static void a_race_is_shown_in_two_columns(void **state)
{
    static const char expected[] =
        "\n"
        "Finding race  processor 2 writes drv.sys+0x3010 (4 bytes) at drv.sys+0x1008, and nothing "
        "orders that with processor 0, which writes it at drv.sys+0x1008\n"
        "  in drv.sys+0x1008, processor 2, IRQL 14 (IPI_LEVEL)\n"
        "   0  drv.sys+0x1008\n"
        "\n"
        "  processor 0, IRQL 14 (IPI_LEVEL)               | processor 2, IRQL 14 (IPI_LEVEL)\n"
        "  drv.sys+0x1004 reads drv.sys+0x3010            |\n"
        "                                                 | drv.sys+0x1004 reads drv.sys+0x3010\n"
        "  drv.sys+0x1008 writes drv.sys+0x3010  <--      |\n"
        "                                                 | drv.sys+0x1008 writes drv.sys+0x3010  "
        "<--\n"
        "  <-- nothing orders these two: no lock, no interlocked operation, no call\n"
        "\n"
        "Note: the run was ended at the first finding; --on-violation continue goes on.\n"
        "\n"
        "1 finding.  Again: allcall run --seed 7 drv.sys\n";
    struct sim_finding race = racy();
    struct reported reported;

    (void)state;
    reported = report_finding_of(&race);
    assert_string_equal(reported.text, expected);
    assert_int_equal(reported.status, EXIT_FINDING);
    reported_free(&reported);
}

static void the_json_of_a_race_has_both_sides_and_the_history(void **state)
{
    static const char expected[] =
        "      \"processor\": 2,\n"
        "      \"irql\": 14,\n"
        "      \"routine\": \"drv.sys+0x1008\",\n"
        "      \"location\": null,\n"
        "      \"stack\": [\n"
        "        \"drv.sys+0x1008\"\n"
        "      ],\n"
        "      \"other\": {\n"
        "        \"rule\": \"race\",\n"
        "        \"message\": \"writes drv.sys+0x3010 (4 bytes)\",\n"
        "        \"processor\": 0,\n"
        "        \"irql\": 14,\n"
        "        \"routine\": \"drv.sys+0x1008\",\n"
        "        \"location\": null,\n"
        "        \"stack\": [\n"
        "          \"drv.sys+0x1008\"\n"
        "        ]\n"
        "      },\n"
        "      \"history\": [\n"
        "        {\"processor\": 0, \"irql\": 14, \"location\": \"drv.sys+0x1004\", "
        "\"text\": \"reads drv.sys+0x3010\", \"times\": 1, \"unordered\": false},\n";
    struct sim_finding race = racy();
    struct reported reported;

    (void)state;
    reported = report_finding_of(&race);
    assert_contains(reported.json, expected);
    assert_contains(reported.json, "\"times\": 1, \"unordered\": true}\n      ]\n    }\n  ],\n");
    reported_free(&reported);
}

static void the_history_of_a_race_is_what_its_processors_share_and_no_endless_loop(void **state)
{
    struct sim_finding race = racy();
    struct reported reported;

    (void)state;
    race.accesses[1] = access_of(0, 1, 0x1100, SIM_READS, COUNTER);
    race.accesses[0] = access_of(2, 99, 0x1200, SIM_WRITES, COUNTER);
    race.accesses[0].place.irql = 2;
    race.history[0] = access_of(0, 19, 0x1300, SIM_READS, COUNTER + 8);
    for (unsigned index = 1; index < 5; index++) {
        race.history[index] = access_of(2, 20 + index, 0x1300, SIM_LOCKED, COUNTER + 8);
    }
    race.history[5] = access_of(0, 30, 0x1400, SIM_READS, COUNTER + 16);
    race.history[6] = access_of(2, 31, 0x1400, SIM_READS, COUNTER + 16);
    race.history[7] = access_of(2, 32, 0x1500, SIM_WRITES, COUNTER + 24);
    race.history_count = 8;
    reported = report_finding_of(&race);
    assert_contains(
        reported.text,
        "  processor 0, IRQL 14 (IPI_LEVEL)               | processor 2, IRQL 2 (DISPATCH_LEVEL)\n"
        "  drv.sys+0x1100 reads drv.sys+0x3010  <--       |\n"
        "  drv.sys+0x1300 reads drv.sys+0x3018            |\n"
        "                                                 | drv.sys+0x1300 changes drv.sys+0x3018 "
        "by a\n"
        "                                                 |     locked instruction at IRQL 14, 4 "
        "times\n"
        "                                                 | drv.sys+0x1200 writes drv.sys+0x3010  "
        "<--\n"
        "  <-- ");
    reported_free(&reported);
}

static void one_race_is_one_finding(void **state)
{
    struct machine_result result = { .end = MACHINE_ENDED };
    struct buffer channel = started();
    struct sim_finding race = racy();
    struct reported reported;

    (void)state;
    assert_true(sim_seen_add(&result.seen, &race));
    race.accesses[0].place.processor = 1;
    race.accesses[0].target = COUNTER + 64;
    assert_false(sim_seen_add(&result.seen, &race));
    race.accesses[0] = race.history[0];
    assert_true(sim_seen_add(&result.seen, &race));
    race.accesses[0] = race.accesses[1];
    race.accesses[1] = race.history[0];
    assert_false(sim_seen_add(&result.seen, &race));
    channel_step(&channel, RecordDriverReturned, 0, "");
    channel_end(&channel);
    reported = report_of(&result, &channel);
    assert_int_equal(reported.status, EXIT_FINDING);
    assert_contains(reported.text, "\n2 findings.  Again: ");
    reported_free(&reported);
}

static void what_is_seen_of_the_contract_is_named_by_its_clause(void **state)
{
    static const struct {
        struct sim_finding finding;
        const char *json;
    } cases[] = {
        { { .found = SIM_FOUND_LEVEL, .actual = 2 },
          "\"rule\": \"C4\",\n      \"message\": \"processor 1 entered drv.sys+0x1000 at IRQL 2 "
          "(DISPATCH_LEVEL), not at IPI_LEVEL\"" },
        { { .found = SIM_FOUND_LEVEL, .actual = 14 },
          "\"rule\": \"C4\",\n      \"message\": \"processor 1 entered drv.sys+0x1000 with "
          "interrupts off\"" },
        { { .found = SIM_FOUND_EARLY, .other = { 2, 0, false, KERNEL + 0x50, 9 } },
          "\"rule\": \"C5\",\n      \"message\": \"processor 1 entered drv.sys+0x1000 before "
          "processor 2 had arrived\"" },
        { { .found = SIM_FOUND_TWICE },
          "\"rule\": \"C6\",\n      \"message\": \"processor 1 entered drv.sys+0x1000 a second "
          "time "
          "in one call\"" },
        { { .found = SIM_FOUND_MISSED, .other = { 2, 0, false, KERNEL + 0x50, 9 } },
          "\"rule\": \"C6\",\n      \"message\": \"the call of drv.sys+0x1000 by processor 1 "
          "returned, but processor 2 has not run it\"" },
        { { .found = SIM_FOUND_CONTEXT, .expected = 5, .actual = 0xA },
          "\"rule\": \"C6\",\n      \"message\": \"processor 1 entered drv.sys+0x1000 with Context "
          "0xA, but the call was made with 0x5\"" },
        { { .found = SIM_FOUND_STRAY },
          "\"rule\": \"C6\",\n      \"message\": \"processor 1 entered drv.sys+0x1000, though no "
          "call of it is pending\"" },
        { { .found = SIM_FOUND_UNFINISHED, .other = { 2, 14, false, ROUTINE + 4, 9 } },
          "\"rule\": \"C7\",\n      \"message\": \"the call of drv.sys+0x1000 by processor 1 "
          "returned while processor 2 still ran it\"" },
        { { .found = SIM_FOUND_RESULT, .expected = 1, .actual = 0 },
          "\"rule\": \"C8\",\n      \"message\": \"the call of drv.sys+0x1000 by processor 1 "
          "returned 0x0, but the routine had returned 0x1 there\"" },
        { { .found = SIM_FOUND_CHANGED, .what = "rbx", .expected = 1, .actual = 0xBAD },
          "\"rule\": \"C13\",\n      \"message\": \"rbx of what processor 1 was doing is 0xBAD "
          "after "
          "the call of drv.sys+0x1000; it was 0x1 before\"" },
        { { .found = SIM_FOUND_LOWERED, .actual = 0 },
          "\"rule\": \"R6\",\n      \"message\": \"drv.sys+0x1000 returned at IRQL 0 "
          "(PASSIVE_LEVEL) on processor 1, not at IPI_LEVEL\"" },
    };

    (void)state;
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct sim_finding finding = cases[index].finding;
        struct reported reported;

        finding.at = (struct sim_place){ 1, 14, false, KERNEL + 0x40, 10 };
        finding.routine = ROUTINE;
        finding.caller = DRIVER + 0x1050;
        reported = report_finding_of(&finding);
        assert_contains(reported.json, cases[index].json);
        assert_contains(reported.json, "\"processor\": 1,\n      \"irql\": 14,\n      \"routine\": "
                                       "\"drv.sys+0x1000\",");
        assert_contains(reported.json, "\"ntoskrnl.exe+0x40\",\n        \"drv.sys+0x1050\"\n");
        assert_int_equal(strstr(reported.json, "\"other\": {") != NULL, finding.other.address != 0);
        assert_int_equal(reported.status, EXIT_FINDING);
        reported_free(&reported);
    }
}

static struct sim_place place_of(unsigned processor, uint8_t irql, uint64_t code, bool returns)
{
    return (struct sim_place){ processor, irql, returns, DRIVER + code, 0 };
}

/*
 * stuck: processor 1 waits in the call for processor 2, whose routine spins for a lock that the
 * code holds which the call interrupted there; processor 0 has returned from the routine.
 */
static void stuck(struct sim_wait waits[3])
{
    waits[0] = (struct sim_wait){ .kind = SIM_WAIT_HALT, .interrupts = true };
    waits[1] = (struct sim_wait){ .kind = SIM_WAIT_CALL,
                                  .at = place_of(1, 14, 0x1050, true),
                                  .service = "KeIpiGenericCall",
                                  .interrupts = true,
                                  .routine = ROUTINE };
    waits[2] = (struct sim_wait){ .kind = SIM_WAIT_LOCK,
                                  .at = place_of(2, 14, 0x1010, true),
                                  .service = "KeAcquireSpinLockRaiseToDpc",
                                  .object = LOCK,
                                  .interrupts = true,
                                  .in_routine = true,
                                  .routine = ROUTINE,
                                  .held = true,
                                  .holder = place_of(2, 2, 0x1100, true),
                                  .holder_interrupted = true };
}

static struct reported report_waits_of(const struct sim_wait waits[3], enum machine_end end)
{
    struct machine_result result = { .end = end, .text = xstrdup("120 million instructions") };
    struct buffer channel = started();

    sim_seen_wait(&result.seen, waits, 3);
    return report_of(&result, &channel);
}

static void a_call_that_does_not_end_is_c18_with_who_waits_for_whom(void **state)
{
    static const char expected[] =
        "\n"
        "Finding C18  the call of drv.sys+0x1000 did not end (not done after 120 million "
        "instructions in DriverEntry of drv.sys): processor 2 is in the routine and spins in "
        "KeAcquireSpinLock (KeAcquireSpinLockRaiseToDpc) at drv.sys+0x1010 for the lock at "
        "drv.sys+0x3020, held by the code that the call interrupted on processor 2, acquired at "
        "drv.sys+0x1100\n"
        "  in drv.sys+0x1000, processor 2, IRQL 14 (IPI_LEVEL)\n"
        "   0  drv.sys+0x1010\n"
        "\n"
        "  who waits for whom:\n"
        "    processor 1 waits in KeIpiGenericCall at drv.sys+0x1050 for processor 2\n"
        "    processor 2 is in the routine and spins in KeAcquireSpinLock "
        "(KeAcquireSpinLockRaiseToDpc) at\n"
        "        drv.sys+0x1010 for the lock at drv.sys+0x3020, held by the code that the call "
        "interrupted on\n"
        "        processor 2, acquired at drv.sys+0x1100\n"
        "\n"
        "1 finding.  Again: allcall run --seed 7 drv.sys\n";
    struct sim_wait waits[3];
    struct reported reported;

    (void)state;
    stuck(waits);
    reported = report_waits_of(waits, MACHINE_SPENT);
    assert_string_equal(reported.text, expected);
    assert_contains(reported.json,
                    "      \"waits\": [\n"
                    "        {\"processor\": 1, \"irql\": 14, \"text\": \"processor 1 waits in "
                    "KeIpiGenericCall at drv.sys+0x1050 for processor 2\", \"location\": null, "
                    "\"waits_for\": [2]},\n");
    assert_contains(reported.json, "\"waits_for\": [2]}\n      ]\n    }\n");
    assert_int_equal(reported.status, EXIT_FINDING);
    reported_free(&reported);
}

static void the_kernels_own_watchdog_gets_the_waits_too(void **state)
{
    RECORD_BUG_CHECK crash = { .Code = 0x1DB,
                               .Processor = 1,
                               .Irql = 14,
                               .CallPending = 1,
                               .Address = KERNEL + 0x30,
                               .CallRoutine = ROUTINE,
                               .CallInitiator = 1 };
    struct machine_result result = { .end = MACHINE_ENDED };
    struct buffer channel = started();
    struct sim_wait waits[3];
    struct reported reported;

    (void)state;
    channel_add(&channel, RecordBugCheck, &crash, sizeof(crash), "", 0);
    for (uint32_t index = 0; index < 3; index++) {
        RECORD_PROCESSOR processor = { .Index = index,
                                       .Irql = 14,
                                       .Flags = RECORD_PROCESSOR_STOPPED,
                                       .Phase =
                                           index == 2 ? RecordPhaseInRoutine : RecordPhaseFinished,
                                       .Rip = KERNEL + 0x80 };

        channel_add(&channel, RecordProcessor, &processor, sizeof(processor), "", 0);
    }
    channel_end(&channel);
    stuck(waits);
    sim_seen_wait(&result.seen, waits, 3);
    reported = report_of(&result, &channel);
    assert_contains(reported.json,
                    "\"message\": \"the call of drv.sys+0x1000 by processor 1 did not end within "
                    "10 s: processor 2 is in the routine and spins in KeAcquireSpinLock "
                    "(KeAcquireSpinLockRaiseToDpc) at drv.sys+0x1010 for the lock at "
                    "drv.sys+0x3020, held by the code that the call interrupted on processor 2, "
                    "acquired at drv.sys+0x1100, IRQL 14\"");
    assert_contains(reported.text, "\n  who waits for whom:\n    processor 1 waits in ");
    reported_free(&reported);
}

static void a_poll_and_a_processor_that_takes_no_interrupts_are_named(void **state)
{
    struct sim_wait waits[3];
    struct reported reported;

    (void)state;
    stuck(waits);
    waits[0] = (struct sim_wait){ .at = place_of(0, 0, 0x1200, false) };
    waits[2] = (struct sim_wait){ .at = place_of(2, 14, 0x1010, false),
                                  .polled = COUNTER,
                                  .interrupts = true,
                                  .in_routine = true,
                                  .routine = ROUTINE };
    reported = report_waits_of(waits, MACHINE_SILENT);
    assert_contains(
        reported.json,
        ": processor 0 has not arrived: it runs at drv.sys+0x1200, with interrupts off; "
        "processor 2 is in the routine and reads drv.sys+0x3010 again and again at "
        "drv.sys+0x1010\"");
    assert_contains(reported.json,
                    "waits in KeIpiGenericCall at drv.sys+0x1050 for processors 0 and "
                    "2\", \"location\": null, \"waits_for\": [0, 2]}");
    reported_free(&reported);
}

static void who_has_arrived_is_not_to_blame(void **state)
{
    struct sim_wait waits[3];
    struct reported reported;

    (void)state;
    stuck(waits);
    waits[0] = (struct sim_wait){ .kind = SIM_WAIT_CALL,
                                  .at = place_of(0, 14, 0x1300, false),
                                  .interrupted = true,
                                  .interrupts = true,
                                  .routine = ROUTINE };
    waits[2] = (struct sim_wait){ .at = place_of(2, 0, 0x1200, false) };
    reported = report_waits_of(waits, MACHINE_SILENT);
    assert_contains(reported.json, "): processor 2 has not arrived: it runs at drv.sys+0x1200, with "
                                   "interrupts off\"");
    assert_null(strstr(reported.json, "processor 0 "));
    reported_free(&reported);
}

static void locks_taken_crosswise_are_a_deadlock(void **state)
{
    struct sim_wait waits[3] = { 0 };
    struct reported reported;

    (void)state;
    for (unsigned index = 0; index < 2; index++) {
        waits[index] = (struct sim_wait){ .kind = SIM_WAIT_LOCK,
                                          .at = place_of(index, 2, 0x1010 + index, true),
                                          .service = "KeAcquireSpinLockAtDpcLevel",
                                          .object = LOCK + 8 * index,
                                          .interrupts = true,
                                          .held = true,
                                          .holder = place_of(1 - index, 2, 0x1100, true) };
    }
    waits[2] = (struct sim_wait){ .kind = SIM_WAIT_HALT, .interrupts = true };
    reported = report_waits_of(waits, MACHINE_SPENT);
    assert_contains(reported.json,
                    "\"rule\": \"DEADLOCK\",\n      \"message\": \"not done after 120 million "
                    "instructions in DriverEntry of drv.sys: processor 0 spins in "
                    "KeAcquireSpinLockAtDpcLevel at drv.sys+0x1010 for the lock at drv.sys+0x3020, "
                    "held by processor 1, acquired at drv.sys+0x1100; processor 1 spins in ");
    waits[1].held = false;
    reported_free(&reported);
    reported = report_waits_of(waits, MACHINE_SPENT);
    assert_contains(reported.json, "\"rule\": \"LIVELOCK\"");
    assert_contains(reported.json, "for the lock at drv.sys+0x3028, which nobody holds");
    reported_free(&reported);
}

static void a_time_out_stays_one(void **state)
{
    struct sim_wait waits[3];
    struct reported reported;

    (void)state;
    stuck(waits);
    reported = report_waits_of(waits, MACHINE_TIMEOUT);
    assert_contains(reported.json, "\"rule\": \"TIMEOUT\"");
    assert_contains(reported.json, "not done after 60 s (--timeout)");
    assert_contains(reported.json, "\"waits_for\": [2]}");
    reported_free(&reported);
}

static void only_the_first_waits_of_a_run_count(void **state)
{
    struct sim_seen seen = { 0 };
    struct sim_wait waits[3];

    (void)state;
    stuck(waits);
    sim_seen_wait(&seen, waits, 3);
    waits[0].kind = SIM_WAIT_NOTHING;
    sim_seen_wait(&seen, waits, 3);
    assert_int_equal(seen.waits[0].kind, SIM_WAIT_HALT);
    sim_seen_clear(&seen);
    assert_int_equal(seen.wait_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_race_is_shown_in_two_columns),
        cmocka_unit_test(the_json_of_a_race_has_both_sides_and_the_history),
        cmocka_unit_test(the_history_of_a_race_is_what_its_processors_share_and_no_endless_loop),
        cmocka_unit_test(one_race_is_one_finding),
        cmocka_unit_test(what_is_seen_of_the_contract_is_named_by_its_clause),
        cmocka_unit_test(a_call_that_does_not_end_is_c18_with_who_waits_for_whom),
        cmocka_unit_test(the_kernels_own_watchdog_gets_the_waits_too),
        cmocka_unit_test(a_poll_and_a_processor_that_takes_no_interrupts_are_named),
        cmocka_unit_test(who_has_arrived_is_not_to_blame),
        cmocka_unit_test(locks_taken_crosswise_are_a_deadlock),
        cmocka_unit_test(a_time_out_stays_one),
        cmocka_unit_test(only_the_first_waits_of_a_run_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
