/* SPDX-License-Identifier: MIT */
/*
 * test_report.c: from the bytes of the report channel to text, JSON and exit status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reported.h"

#define KERNEL 0xFFFFF80200000000ull
#define DRIVER 0xFFFFF88000010000ull

static struct reported report_of(const struct buffer *channel, struct machine_result *result)
{
    static const struct driver_name driver = { "dir/drv.sys", "drv.sys" };

    return reported_run(channel, result, &driver,
                        (struct report){ .machine = "qemu",
                                         .processors = 2,
                                         .seed = 1,
                                         .replay = "allcall run x" });
}

static void forget(struct reported *reported, struct buffer *channel)
{
    reported_free(reported);
    buffer_free(channel);
}

static void begin(struct buffer *channel)
{
    channel_hello(channel, 2);
    channel_image(channel, KERNEL, -1, "ntoskrnl.exe");
    channel_image(channel, DRIVER, 0, "drv.sys");
    channel_step(channel, RecordDriverStarted, 0, "");
}

/* add_call: entered at `time`, left 1000 << shift later. */
static void add_call(struct buffer *channel, uint64_t id, uint64_t time, uint32_t differing,
                     uint32_t shift)
{
    RECORD_CALL call = {
        .Id = id,
        .Routine = DRIVER + 0x1000,
        .Context = 0xABC,
        .Result = 7,
        .Caller = DRIVER,
        .Entered = time,
        .Begun = time + 5,
        .Left = time + (1000ull << shift),
        .Count = 2,
        .Differing = differing,
        .Shift = shift,
    };
    RECORD_CALL_PROCESSOR processors[] = {
        { 10, 400, 700, 0, 0, 14 },
        { 200, 420, 800, 0, 1, 14 },
    };

    channel_add(channel, RecordCall, &call, sizeof(call), processors, sizeof(processors));
}

static void finish(struct buffer *channel, uint64_t calls, uint64_t differing)
{
    RECORD_CALLS totals = { calls, differing };

    channel_add(channel, RecordCalls, &totals, sizeof(totals), "", 0);
    channel_end(channel);
}

static void a_good_run_is_shown_as_a_table_and_a_drawing(void **state)
{
    static const char expected[] =
        "\n"
        "Calls of KeIpiGenericCall on 2 processors\n"
        "   call  routine         source  context  caller    latency       skew  result\n"
        "      1  drv.sys+0x1000            0xABC       0     1.0 us      20 ns  0x7\n"
        "      2  drv.sys+0x1000            0xABC       0     1.0 us      20 ns  0x7\n"
        "  and 3 more calls\n"
        "  latency:    least 1.0 us, median 1.0 us, most 1.0 us\n"
        "  start skew: least 20 ns, median 20 ns, most 20 ns\n"
        "\n"
        "  call 1, the slowest, 1.0 us from entry to return:\n"
        "  cpu   0 |======================#################                 | "
        "starts at 400 ns, runs 300 ns  (the caller)\n"
        "  cpu   1 |...........============#####################            | "
        "starts at 420 ns, runs 380 ns\n"
        "          .  not there yet    =  waits for the last one    #  runs the routine\n"
        "\n"
        "Nothing found: 1 driver, 5 calls, 2 processors on qemu.\n";
    struct machine_result result = { .end = MACHINE_ENDED };
    struct buffer channel = { 0 };
    struct reported reported;

    (void)state;
    begin(&channel);
    channel_step(&channel, RecordDriverReturned, 0, "");
    add_call(&channel, 2, 5000, 0, 0);
    add_call(&channel, 1, 1000, 0, 0);
    add_call(&channel, 2, 5000, 0, 0);
    finish(&channel, 5, 0);
    reported = report_of(&channel, &result);
    assert_string_equal(reported.text, expected);
    assert_int_equal(reported.status, EXIT_CLEAN);
    assert_null(reported.failure);
    forget(&reported, &channel);
}

static void json_is_exact(void **state)
{
    static const char expected[] =
        "{\n"
        "  \"schema\": 1,\n"
        "  \"machine\": \"qemu\",\n"
        "  \"processors\": 2,\n"
        "  \"seed\": 1,\n"
        "  \"drivers\": [\n"
        "    {\"file\": \"dir/drv.sys\", \"status\": \"0x00000000\"}\n"
        "  ],\n"
        "  \"debug\": [\n"
        "    \"a\\u0001\\\"\\\\ line\",\n"
        "    \"\",\n"
        "    \"\xC3\xA4\\ufffd end\"\n"
        "  ],\n"
        "  \"calls\": [\n"
        "    {\n"
        "      \"id\": 1,\n"
        "      \"routine\": \"drv.sys+0x1000\",\n"
        "      \"location\": null,\n"
        "      \"context\": \"0x0000000000000ABC\",\n"
        "      \"result\": \"0x0000000000000007\",\n"
        "      \"initiator\": 0,\n"
        "      \"latency_ns\": 1000,\n"
        "      \"start_skew_ns\": 20,\n"
        "      \"processors\": [\n"
        "        {\"index\": 0, \"group\": 0, \"number\": 0, \"irql\": 14, \"arrived_ns\": 10, "
        "\"started_ns\": 400, \"finished_ns\": 700},\n"
        "        {\"index\": 1, \"group\": 0, \"number\": 1, \"irql\": 14, \"arrived_ns\": 200, "
        "\"started_ns\": 420, \"finished_ns\": 800}\n"
        "      ]\n"
        "    }\n"
        "  ],\n"
        "  \"findings\": [],\n"
        "  \"notes\": [],\n"
        "  \"bugcheck\": null,\n"
        "  \"replay\": \"allcall run x\"\n"
        "}\n";
    struct machine_result result = { .end = MACHINE_ENDED };
    struct buffer channel = { 0 };
    struct reported reported;

    (void)state;
    begin(&channel);
    channel_debug(&channel, "a\x01\"\\ ");
    channel_debug(&channel, "line\r\n\n\xC3\xA4\xFF");
    channel_debug(&channel, " end");
    channel_step(&channel, RecordDriverReturned, 0, "");
    add_call(&channel, 1, 1000, 0, 0);
    finish(&channel, 1, 0);
    reported = report_of(&channel, &result);
    assert_string_equal(reported.json, expected);
    forget(&reported, &channel);
}

static void the_times_of_a_long_call_are_in_larger_units(void **state)
{
    struct machine_result result = { .end = MACHINE_ENDED };
    struct buffer channel = { 0 };
    struct reported reported;

    (void)state;
    begin(&channel);
    channel_step(&channel, RecordDriverReturned, 0, "");
    add_call(&channel, 1, 1000, 0, 31);
    finish(&channel, 1, 0);
    reported = report_of(&channel, &result);
    assert_non_null(strstr(reported.json, "\"latency_ns\": 2147483648000,\n"
                                          "      \"start_skew_ns\": 42949672960,\n"));
    assert_non_null(strstr(reported.json, "\"arrived_ns\": 429496729600, "
                                          "\"started_ns\": 901943132160, "
                                          "\"finished_ns\": 1717986918400}"));
    assert_non_null(strstr(reported.text, "starts at 902 s, runs 816 s\n"));
    forget(&reported, &channel);
}

static void differing_results_are_a_note_that_names_a_call(void **state)
{
    struct machine_result result = { .end = MACHINE_ENDED };
    struct buffer channel = { 0 };
    struct reported reported;

    (void)state;
    begin(&channel);
    channel_step(&channel, RecordDriverReturned, 0, "");
    add_call(&channel, 1, 1000, 0, 0);
    add_call(&channel, 2, 5000, 1, 0);
    finish(&channel, 9, 4);
    reported = report_of(&channel, &result);
    assert_int_equal(reported.status, EXIT_CLEAN);
    assert_non_null(strstr(reported.text,
                           "Note: in 4 of 9 calls the routine did not return the same value on "
                           "every processor; the call returns the calling processor's (in call 2, "
                           "1 of 2 processors returned another).\n"));
    forget(&reported, &channel);
}

/* crash: a bug check on processor 1. */
static void crash(struct buffer *channel, uint32_t code, uint64_t p1, uint64_t p3, uint32_t pending)
{
    RECORD_BUG_CHECK record = {
        code, 1, 14, pending, { p1, 14, p3, 0 }, DRIVER + 0x30, 9, DRIVER + 0x1000, 0xABC, 0, 0
    };
    RECORD_PROCESSOR processor = {
        1, 0, 1, 14, RECORD_PROCESSOR_STOPPED, RecordPhaseInRoutine, DRIVER + 0x30, 0, 0, { 0 }
    };
    uint64_t stack[] = { DRIVER + 0x90, KERNEL + 0x40 };

    channel_add(channel, RecordBugCheck, &record, sizeof(record), "", 0);
    channel_add(channel, RecordProcessor, &processor, sizeof(processor), stack, sizeof(stack));
    channel_end(channel);
}

static void assert_rule(uint32_t code, uint64_t p1, uint64_t p3, uint32_t pending, const char *json)
{
    struct machine_result result = { .end = MACHINE_ENDED };
    struct buffer channel = { 0 };
    struct reported reported;

    begin(&channel);
    crash(&channel, code, p1, p3, pending);
    reported = report_of(&channel, &result);
    assert_int_equal(reported.status, EXIT_FINDING);
    if (strstr(reported.json, json) == NULL) {
        fail_msg("no %s in\n%s", json, reported.json);
    }
    forget(&reported, &channel);
}

static void bug_checks_are_findings_by_clause_or_name(void **state)
{
    (void)state;
    assert_rule(0x1DB, 0, 0, 1, "\"rule\": \"C18\"");
    assert_rule(0x101, 0, 0, 0, "\"rule\": \"C18\"");
    assert_rule(0x0A, 0, 0, 0, "\"rule\": \"IRQL_NOT_LESS_OR_EQUAL\"");
    assert_rule(0x12345, 0, 0, 0, "\"rule\": \"0x00012345\"");
    assert_rule(0xE2, 1, 2, 0, "\"code\": \"0x000000E2\"");
    assert_rule(0xE2, 1, 2, 0,
                "\"parameters\": [\"0x0000000000000001\", \"0x000000000000000E\", "
                "\"0x0000000000000002\", \"0x0000000000000000\"]");
    assert_rule(0xE2, 1, 2, 1, "\"routine\": \"drv.sys+0x1000\"");
    assert_rule(0xE2, 1, 2, 0,
                "\"stack\": [\n        \"drv.sys+0x30\",\n        \"drv.sys+0x90\",\n"
                "        \"ntoskrnl.exe+0x40\"\n      ]");
}

static void the_end_of_the_machine_decides_the_status(void **state)
{
    static const struct {
        enum machine_end end;
        bool started;
        int status;
    } ends[] = {
        { MACHINE_STOPPED, true, EXIT_FINDING }, { MACHINE_STOPPED, false, EXIT_MACHINE },
        { MACHINE_TIMEOUT, true, EXIT_FINDING }, { MACHINE_TIMEOUT, false, EXIT_MACHINE },
        { MACHINE_SILENT, true, EXIT_FINDING },  { MACHINE_SILENT, false, EXIT_MACHINE },
        { MACHINE_FAILED, true, EXIT_MACHINE },  { MACHINE_BAD_RECORD, true, EXIT_MACHINE },
    };

    (void)state;
    for (size_t index = 0; index < sizeof(ends) / sizeof(ends[0]); index++) {
        struct machine_result result = { .end = ends[index].end, .text = "why" };
        struct buffer channel = { 0 };
        struct reported reported;

        if (ends[index].started) {
            begin(&channel);
        } else {
            channel_hello(&channel, 2);
        }
        reported = report_of(&channel, &result);
        assert_int_equal(reported.status, ends[index].status);
        assert_int_equal(reported.failure != NULL, ends[index].status == EXIT_MACHINE);
        forget(&reported, &channel);
    }
}

static void a_verifiers_finding_is_not_told_twice(void **state)
{
    RECORD_FINDING record = { 1, 14, DRIVER + 0x30, DRIVER + 0x1000, "R1", 0, 1 };
    struct {
        uint64_t stack[1];
        char text[9];
    } __attribute__((packed)) tail = { { DRIVER + 0x30 }, "allocates" };
    struct machine_result result = { .end = MACHINE_ENDED };
    struct buffer channel = { 0 };
    struct reported reported;

    (void)state;
    begin(&channel);
    channel_add(&channel, RecordFinding, &record, sizeof(record), &tail, sizeof(tail));
    crash(&channel, 0xC4, 2, 0, 1);
    reported = report_of(&channel, &result);
    assert_non_null(strstr(reported.json, "\"rule\": \"R1\",\n      \"message\": \"allocates\""));
    assert_null(strstr(reported.json, "\"rule\": \"DRIVER_VERIFIER"));
    forget(&reported, &channel);
}

static void payloads_that_contradict_themselves_are_bad(void **state)
{
    RECORD_CALL call = { .Count = 3 };
    struct {
        RECORD_CALL call;
        RECORD_CALL_PROCESSOR processor;
    } shifted = { .call = { .Count = 1, .Shift = RECORD_SHIFT_LIMIT + 1 } };
    RECORD_FINDING finding = { .Frames = 0x20000001 };
    RECORD_DRIVER step = { 1, RecordDriverStarted, 0 };
    RECORD_IMAGE image = { UINT64_MAX - 5, 10, -1 };
    RECORD_HELLO hello = { RECORD_VERSION + 1, 1, 1, 64, 1, 0 };
    const struct {
        uint16_t type;
        const void *payload;
        size_t length;
    } bad[] = {
        { RecordCall, &call, sizeof(call) },
        { RecordCall, &call, sizeof(call) - 1 },
        { RecordCall, &shifted, sizeof(shifted) },
        { RecordFinding, &finding, sizeof(finding) },
        { RecordDriver, &step, sizeof(step) },
        { RecordImage, &image, sizeof(image) },
        { RecordHello, &hello, sizeof(hello) },
        { RecordEnd, &call, 3 },
        { RecordHeartbeat, &call, 9 },
    };

    (void)state;
    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        struct buffer channel = { 0 };
        struct run_model model;

        if (bad[index].type != RecordHello) {
            channel_hello(&channel, 2);
        }
        channel_add(&channel, bad[index].type, bad[index].payload, bad[index].length, "", 0);
        assert_non_null(reported_parse(&channel, &model));
        run_model_free(&model);
        buffer_free(&channel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_run_is_shown_as_a_table_and_a_drawing),
        cmocka_unit_test(json_is_exact),
        cmocka_unit_test(the_times_of_a_long_call_are_in_larger_units),
        cmocka_unit_test(differing_results_are_a_note_that_names_a_call),
        cmocka_unit_test(bug_checks_are_findings_by_clause_or_name),
        cmocka_unit_test(the_end_of_the_machine_decides_the_status),
        cmocka_unit_test(a_verifiers_finding_is_not_told_twice),
        cmocka_unit_test(payloads_that_contradict_themselves_are_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
