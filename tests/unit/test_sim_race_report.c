/* SPDX-License-Identifier: MIT */
/*
 * test_sim_race_report.c: what the race detector says of a race, and how often;
 * how it forgets, and what it does without memory.
 */
#include "race_trace.h"

static size_t allocated;
static long allocations_left = -1; /* before calloc fails, once; -1: never */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    if (allocations_left >= 0 && allocations_left-- == 0) {
        return NULL;
    }
    allocated += count * size;
    return __real_calloc(count, size);
}

static void a_pair_of_instructions_is_reported_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        at(100, RACE_WRITE, 0, A + 8 * i, 4);
        at(200, RACE_WRITE, 1, A + 8 * i, 4);
        at(200, RACE_WRITE, 2, B + 8 * i, 4);
        at(100, RACE_WRITE, 3, B + 8 * i, 4);
    }
    expect(1);
    at(100, RACE_READ, 3, A, 4);
    at(300, RACE_READ, 3, A, 4);
    expect(0); /* 3 has read there before */
    at(300, RACE_READ, 2, B, 4);
    expect(1);
    for (unsigned i = 0; i < 100; i++) {
        at(1000 + i, RACE_WRITE, 0, A, 4);
        at(2000 + i, RACE_WRITE, 1, A, 4);
    }
    expect(200);
    for (unsigned i = 0; i < 100; i++) {
        at(1000 + i, RACE_WRITE, 0, A, 4);
        at(2000 + i, RACE_WRITE, 1, A, 4);
    }
    expect(1); /* 1000 after 2099 */
    race_reset(race);
    at(100, RACE_WRITE, 0, A, 4);
    at(200, RACE_WRITE, 1, A, 4);
    expect(1);
}

/* Of several, one that has not been reported is. */
static void a_known_pair_does_not_hide_a_new_one(void **state)
{
    (void)state;
    at(100, RACE_WRITE, 0, A, 4);
    at(200, RACE_WRITE, 1, A, 4);
    expect(1);
    at(100, RACE_WRITE, 0, B, 4);
    at(300, RACE_WRITE, 2, B + 4, 4);
    at(200, RACE_WRITE, 1, B, 8);
    assert_int_equal(found[0].other.address, 300);
    expect(1);
}

static void what_has_raced_counts_as_ordered(void **state)
{
    (void)state;
    w(0, A);
    r(1, A);
    expect(1);
    r(1, A);
    l(1, A);
    l(2, A); /* after the locked one */
    r(3, A);
    w(1, A + 4);
    expect(0);
    w(0, B);
    w(1, B);
    expect(1);
    w(1, B);
    r(1, B);
    expect(0);
    w(0, B);
    expect(1);
}

/* Also for who follows one that has raced; not for who does not. */
static void settled_is_settled_for_those_after(void **state)
{
    (void)state;
    w(0, A);
    r(1, A);
    expect(1);
    l(1, FLAG);
    l(2, FLAG);
    r(2, A);
    r(1, A);
    expect(0);
    r(3, A);
    expect(1);
}

static void the_most_useful_side_is_reported(void **state)
{
    (void)state;
    w(0, A);
    kw(0, FLAG);
    kr(1, FLAG);
    r(1, A);
    at(500, RACE_WRITE, 2, A, 4);
    assert_int_equal(found[0].accesses[1].kind, SIM_WRITES);
    expect(1);
    r(1, B);
    l(0, B);
    r(3, B);
    w(2, B);
    assert_int_equal(found[0].accesses[1].kind, SIM_LOCKED);
    expect(1);
    at(10, RACE_READ, 0, B + 8, 4);
    at(30, RACE_READ, 3, B + 8, 4);
    at(20, RACE_READ, 1, B + 8, 4);
    w(2, B + 8);
    assert_int_equal(found[0].other.address, 20); /* the latest */
    expect(1);
}

static void both_sides_are_described(void **state)
{
    struct sim_place earlier = { 3, 2, true, 0x1111, 70 }, later = { 1, 14, false, 0x2222, 80 };
    const struct sim_finding *finding = &found[0];

    (void)state;
    race_access(race, RACE_WRITE, &earlier, A - 3, 64);
    race_access(race, RACE_LOCKED, &later, A + 8, 8);
    assert_int_equal(found_count, 1);
    assert_int_equal(finding->found, SIM_FOUND_RACE);
    assert_memory_equal(&finding->at, &finding->accesses[0].place, sizeof(finding->at));
    assert_memory_equal(&finding->other, &finding->accesses[1].place, sizeof(finding->other));
    assert_int_equal(finding->at.processor, 1);
    assert_int_equal(finding->at.irql, 14);
    assert_false(finding->at.returns);
    assert_int_equal(finding->at.address, 0x2222);
    assert_int_equal(finding->at.time, 80);
    assert_int_equal(finding->accesses[0].kind, SIM_LOCKED);
    assert_true(finding->accesses[0].target == A + 8);
    assert_int_equal(finding->accesses[0].size, 8);
    assert_int_equal(finding->other.processor, 3);
    assert_int_equal(finding->other.irql, 2);
    assert_true(finding->other.returns);
    assert_int_equal(finding->other.address, 0x1111);
    assert_int_equal(finding->other.time, 70);
    assert_int_equal(finding->accesses[1].kind, SIM_WRITES);
    assert_true(finding->accesses[1].target == A - 3);
    assert_int_equal(finding->accesses[1].size, 64);
    assert_int_equal(finding->history_count, 2);
    assert_int_equal(finding->routine, 0);
}

/* check_history: the finding's history is these instructions. */
static void check_history(const uint64_t *expected, size_t count)
{
    assert_int_equal(found[0].history_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[0].history[i].place.address, expected[i]);
    }
}

static void the_history_is_of_both_processors_by_time(void **state)
{
    static const uint64_t expected[] = { 1, 3, 5, 6, 9 };

    (void)state;
    at(1, RACE_WRITE, 0, A, 4);
    at(2, RACE_WRITE, 2, A + 0x20, 4);
    at(3, RACE_LOCKED, 1, B, 4);
    at(4, RACE_KERNEL_WRITE, 1, B + 16, 4);
    at(5, RACE_READ, 0, A + 4, 4);
    for (unsigned i = 0; i < 100; i++) {
        at(6, RACE_READ, 1, B + 4, 4); /* a poll is one line */
    }
    at(9, RACE_READ, 1, A, 4);
    check_history(expected, 5);
    assert_int_equal(found[0].history[0].kind, SIM_WRITES);
    assert_int_equal(found[0].history[1].kind, SIM_LOCKED);
    assert_int_equal(found[0].history[3].place.time, 105);
    assert_memory_equal(&found[0].history[4], &found[0].accesses[0], sizeof(found[0].history[4]));
    expect(1);
    race_reset(race);
    at(7, RACE_WRITE, 0, A, 4);
    at(8, RACE_READ, 1, A, 4);
    check_history((const uint64_t[]){ 7, 8 }, 2);
}

/* Twelve of each, and the earlier side however long ago. */
static void the_history_has_the_last_and_both_sides(void **state)
{
    uint64_t expected[SIM_HISTORY];
    size_t count = 0;

    (void)state;
    at(1, RACE_WRITE, 0, A, 4);
    for (uint64_t i = 0; i < 30; i++) {
        at(100 + i, RACE_WRITE, 0, B + 64 * i, 4);
        at(200 + i, RACE_WRITE, 1, B + 64 * i + 4, 4);
    }
    at(2, RACE_WRITE, 1, A, 4);
    expected[count++] = 1;
    for (uint64_t i = 19; i < 30; i++) {
        expected[count++] = 100 + i;
        expected[count++] = 200 + i;
    }
    expected[count++] = 2;
    check_history(expected, count);
}

static void reset_forgets_everything(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 70000; i++) {
        if (i % 3 == 0 || i == 65535) {
            w(i % 4, A);
        }
        if (i % 2 == 0) {
            any(RACE_READ, (i + 1) % 4, B + i % 8, 1);
        }
        kw(0, FLAG);
        race_send(race, 0, 1);
        race_reset(race);
        expect(0);
        race_receive(race, 1);
        if (i == 0 || i % 1000 == 0) { /* no order is left, either */
            w(0, B + 64);
            race_receive(race, 1);
            kr(1, FLAG);
            w(1, B + 64);
            expect(1);
            race_reset(race);
            w(0, B + 64); /* but new order counts, in the same words */
            kw(0, FLAG);
            kr(1, FLAG);
            w(1, B + 64);
            expect(0);
        }
    }
}

/* The same number of a generation does not bring back what was there the last time. */
static void generations_do_not_come_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        at(100, RACE_WRITE, 0, A, 4);
        for (unsigned k = 0; k < UINT16_MAX; k++) {
            race_reset(race);
        }
        at(200, RACE_WRITE, 1, A, 4);
        expect(0);
        at(100, RACE_WRITE, 0, A, 4);
        expect(1);
    }
}

static void traffic(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        unsigned p = i % 4;

        kw(p, FLAG + 64 * (i % 7));
        kr((p + 1) % 4, FLAG + 64 * (i % 5));
        l(p, FLAG + 0x800);
        r((p + 2) % 4, A);
        r(p, A);
        any(RACE_WRITE, p, A + 64 + p, 1);
        race_send(race, p, (p + 1) % 4);
        race_receive(race, (p + 3) % 4);
        if (i % 100 == 0) {
            l(p, FLAG + 0x800);
            kr(p, FLAG + 0x900);
        }
    }
}

/* racy: reads and locked accesses that race with writes, always the same ones. */
static void racy(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned p = 0; p < 4; p++) {
            at(100 + p, RACE_READ, p, B + PAGE, 8);
        }
        at(200, RACE_LOCKED, 2, B + PAGE, 8);
        at(201, RACE_WRITE, i % 4, B + PAGE, 4);
        at(202, RACE_WRITE, i % 3, B + PAGE + 6, 2);
    }
}

static void memory_is_bounded(void **state)
{
    size_t before;

    (void)state;
    traffic(1000);
    expect(0);
    racy(1000);
    before = allocated;
    found_count = 0;
    traffic(300000);
    racy(10000);
    assert_int_equal(allocated, before);
    expect(0); /* more than before */
    race_reset(race);
    traffic(1000);
    expect(0);
    racy(1000);
    assert_int_equal(allocated, before);
}

/* messages: everything is passed on before somebody else touches it. */
static void messages(void)
{
    for (unsigned i = 0; i < 200; i++) {
        unsigned p = i % 4, q = (i + 1) % 4;
        uint64_t data = A + i * 256, flag = FLAG + i * 256;

        any(RACE_WRITE, p, data, 8);
        any(RACE_READ, p, data + 9, 2);
        kw(p, flag);
        any(RACE_KERNEL_WRITE, 3 - p, flag + 1, 2);
        kr(q, flag);
        any(RACE_READ, q, data + 1, 7);
        any(RACE_WRITE, q, data, 12);
        l(q, flag + 16);
        r(p, flag + 16);
        w(p, data + 4);
        race_send(race, p, 3 - p);
        race_receive(race, 3 - p);
        any(RACE_WRITE, 3 - p, data, 3);
    }
}

static void when_memory_runs_out_nothing_is_found_and_nothing_breaks(void **state)
{
    bool failed = true;

    (void)state;
    for (long i = 0; failed; i++) {
        race_destroy(race);
        allocations_left = i;
        found_count = 0;
        race = race_create(4, on_found, &found_count);
        if (race != NULL) {
            messages();
            expect(0);
            racy(5);
            failed = allocations_left < 0;
            allocations_left = -1;
            race_reset(race);
            found_count = 0;
            messages();
            expect(0);
            w(0, A);
            w(1, A);
            expect(1);
        }
        assert_true(i < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(a_pair_of_instructions_is_reported_once),
        RULE(a_known_pair_does_not_hide_a_new_one),
        RULE(what_has_raced_counts_as_ordered),
        RULE(settled_is_settled_for_those_after),
        RULE(the_most_useful_side_is_reported),
        RULE(both_sides_are_described),
        RULE(the_history_is_of_both_processors_by_time),
        RULE(the_history_has_the_last_and_both_sides),
        RULE(reset_forgets_everything),
        RULE(generations_do_not_come_back),
        RULE(memory_is_bounded),
        RULE(when_memory_runs_out_nothing_is_found_and_nothing_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
