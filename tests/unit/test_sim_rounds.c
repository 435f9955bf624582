/* SPDX-License-Identifier: MIT */
/* test_sim_rounds.c: which run of a routine belongs to which call (sim/rounds.c), and sim/map.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/map.h"
#include "sim/rounds.h"

#define ROUTINE 0x1000u
#define OTHER   0x2000u
#define CALLER  0x3000u
#define NOBODY  999u

static struct rounds rounds;

static void begin(unsigned processors)
{
    struct processor_set members = { { 0 } };

    for (unsigned i = 0; i < processors; i++) {
        processor_set_add(&members, i);
    }
    rounds_reset(&rounds, &members);
}

static uint64_t call(uint64_t routine, uint64_t context, unsigned processor)
{
    return rounds_call(&rounds, routine, context, CALLER, processor);
}

/* enter: => the number of the round */
static uint64_t enter(unsigned processor, uint64_t routine, uint64_t context,
                      enum rounds_entry expected)
{
    struct round *round;

    assert_int_equal(rounds_enter(&rounds, processor, routine, context, &round), expected);
    return round != NULL ? round->number : 0;
}

static uint64_t run(unsigned processor, uint64_t routine, uint64_t context)
{
    const uint64_t round = enter(processor, routine, context, ROUNDS_FITS);

    rounds_leave(&rounds, round, processor);
    return round;
}

static void returns(uint64_t number, enum rounds_state expected, unsigned other)
{
    unsigned processor = NOBODY;

    assert_int_equal(rounds_return(&rounds, number, &processor), expected);
    assert_int_equal(processor, other);
}

static void a_call_is_one_run_on_each_processor(void **state)
{
    (void)state;
    begin(ROUNDS_PROCESSORS);
    for (unsigned turn = 0; turn < 3; turn++) {
        const uint64_t number = call(ROUTINE, 5, 7);

        for (unsigned i = 0; i < ROUNDS_PROCESSORS; i++) {
            run(i, ROUTINE, 5);
        }
        returns(number, ROUNDS_WHOLE, NOBODY);
        assert_int_equal(rounds.round_count, 0);
        assert_int_equal(rounds.call_count, 0);
    }
}

static void who_has_not_run_is_missed(void **state)
{
    uint64_t number;

    (void)state;
    begin(3);
    number = call(ROUTINE, 5, 0);
    run(0, ROUTINE, 5);
    run(1, ROUTINE, 5);
    returns(number, ROUNDS_MISSED, 2);
    number = call(ROUTINE, 6, 1);
    returns(number, ROUNDS_MISSED, 0);
}

static void who_still_runs_is_unfinished(void **state)
{
    uint64_t number, round;

    (void)state;
    begin(3);
    number = call(ROUTINE, 5, 0);
    run(0, ROUTINE, 5);
    round = enter(2, ROUTINE, 5, ROUNDS_FITS);
    returns(number, ROUNDS_UNFINISHED, 2);
    /* Whoever comes late belongs to that call, and so to no other. */
    rounds_leave(&rounds, round, 2);
    assert_int_equal(run(1, ROUTINE, 5), round);
    assert_int_equal(rounds.round_count, 0);
    enter(1, ROUTINE, 5, ROUNDS_STRAY);
}

static void a_second_run_is_one_too_many(void **state)
{
    uint64_t number, round;

    (void)state;
    begin(2);
    number = call(ROUTINE, 5, 0);
    round = run(1, ROUTINE, 5);
    assert_int_equal(enter(1, ROUTINE, 5, ROUNDS_TWICE), round);
    run(0, ROUTINE, 5);
    assert_int_equal(enter(0, ROUTINE, 5, ROUNDS_TWICE), round);
    returns(number, ROUNDS_WHOLE, NOBODY);
    enter(0, ROUTINE, 5, ROUNDS_STRAY);
}

static void another_context_is_noticed(void **state)
{
    struct round *round;
    uint64_t number;

    (void)state;
    begin(2);
    number = call(ROUTINE, 5, 0);
    run(0, ROUTINE, 5);
    assert_int_equal(rounds_enter(&rounds, 1, ROUTINE, 6, &round), ROUNDS_CONTEXT);
    assert_int_equal(round->context, 5);
    rounds_leave(&rounds, round->number, 1);
    returns(number, ROUNDS_WHOLE, NOBODY);
    number = call(ROUTINE, 7, 0);
    assert_int_equal(rounds_enter(&rounds, 1, ROUTINE, 0, &round), ROUNDS_CONTEXT);
    assert_int_equal(round->context, 7);
    enter(1, OTHER, 7, ROUNDS_STRAY);
    rounds_cancel(&rounds, number);
}

/* Two callers with the same routine and Context: their rounds may be served in either order. */
static void equal_calls_are_interchangeable(void **state)
{
    uint64_t first, second;

    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        begin(2);
        first = call(ROUTINE, 5, 0);
        run(0, ROUTINE, 5);
        second = call(ROUTINE, 5, 1);
        run(1, ROUTINE, 5);
        run(1, ROUTINE, 5);
        run(0, ROUTINE, 5);
        enter(1, ROUTINE, 5, ROUNDS_TWICE);
        returns(order == 0 ? first : second, ROUNDS_WHOLE, NOBODY);
        returns(order == 0 ? second : first, ROUNDS_WHOLE, NOBODY);
    }
}

/* A round that was there before the call was entered is another's, however whole. */
static void a_call_does_not_claim_what_was_before_it(void **state)
{
    uint64_t first, second;

    (void)state;
    begin(1);
    first = call(ROUTINE, 5, 0);
    run(0, ROUTINE, 5);
    second = call(ROUTINE, 5, 0);
    returns(second, ROUNDS_MISSED, 0);
    returns(first, ROUNDS_WHOLE, NOBODY);
}

static void a_processor_counts_from_its_first_run_on(void **state)
{
    uint64_t before, joined, after;

    (void)state;
    begin(1);
    before = call(ROUTINE, 1, 0);
    run(0, ROUTINE, 1);
    joined = call(ROUTINE, 2, 0);
    run(0, ROUTINE, 2);
    run(1, ROUTINE, 2);
    after = call(ROUTINE, 3, 0);
    run(0, ROUTINE, 3);
    returns(before, ROUNDS_WHOLE, NOBODY);
    returns(joined, ROUNDS_WHOLE, NOBODY);
    returns(after, ROUNDS_MISSED, 1);
}

static void a_pending_call_with_that_context_is_preferred(void **state)
{
    (void)state;
    begin(2);
    call(ROUTINE, 5, 0);
    call(ROUTINE, 6, 1);
    assert_int_equal(rounds_pending(&rounds, ROUTINE, 6)->processor, 1);
    assert_int_equal(rounds_pending(&rounds, ROUTINE, 7)->context, 5);
    assert_null(rounds_pending(&rounds, OTHER, 5));
}

static void there_are_never_too_many(void **state)
{
    (void)state;
    begin(1);
    for (unsigned i = 0; i < ROUNDS_CALLS; i++) {
        assert_int_not_equal(call(ROUTINE, i, 0), 0);
        run(0, ROUTINE, i);
    }
    assert_int_equal(call(ROUTINE, 0, 0), 0);
    begin(2);
    for (unsigned i = 0; i < 2 * ROUNDS_LIMIT; i++) {
        uint64_t number = call(ROUTINE, i, 0);
        run(0, ROUTINE, i);
        returns(number, ROUNDS_MISSED, 1);
    }
}

/* The map against an array. */
static void a_map_keeps_what_was_put(void **state)
{
    static uint32_t expected[512];
    struct map map;
    uint64_t random = 1;

    (void)state;
    assert_true(map_create(&map, 300));
    for (unsigned turn = 0; turn < 200000; turn++) {
        uint64_t key;

        random = random * 6364136223846793005u + 1442695040888963407u;
        key = random >> 33 & 511;
        if ((random >> 60) < 5) {
            map_remove(&map, key * 4096);
            expected[key] = 0;
        } else if ((random >> 60) < 11) {
            uint32_t *value = map_put(&map, key * 4096);
            if (value != NULL) {
                assert_int_equal(*value, expected[key]);
                *value = expected[key] = turn + 1;
            } else {
                assert_int_equal(map.count, 300);
                assert_int_equal(expected[key], 0);
            }
        } else if (turn % 5000 == 0) {
            map_clear(&map);
            memset(expected, 0, sizeof(expected));
        }
        key = random >> 20 & 511;
        assert_int_equal(map_get(&map, key * 4096) == NULL, expected[key] == 0);
        if (expected[key] != 0) {
            assert_int_equal(*map_get(&map, key * 4096), expected[key]);
        }
    }
    map_destroy(&map);
}

/* After as many clearings as the age can count, nothing old comes back. */
static void a_cleared_map_is_empty_however_often(void **state)
{
    struct map map;

    (void)state;
    assert_true(map_create(&map, 100));
    *map_put(&map, 1) = 1;
    map.age = UINT32_MAX;
    *map_put(&map, 2) = 2;
    map_clear(&map);
    assert_null(map_get(&map, 1));
    assert_null(map_get(&map, 2));
    assert_int_equal(map.count, 0);
    *map_put(&map, 2) = 3;
    assert_int_equal(*map_get(&map, 2), 3);
    map_destroy(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_one_run_on_each_processor),
        cmocka_unit_test(who_has_not_run_is_missed),
        cmocka_unit_test(who_still_runs_is_unfinished),
        cmocka_unit_test(a_second_run_is_one_too_many),
        cmocka_unit_test(another_context_is_noticed),
        cmocka_unit_test(equal_calls_are_interchangeable),
        cmocka_unit_test(a_call_does_not_claim_what_was_before_it),
        cmocka_unit_test(a_processor_counts_from_its_first_run_on),
        cmocka_unit_test(a_pending_call_with_that_context_is_preferred),
        cmocka_unit_test(there_are_never_too_many),
        cmocka_unit_test(a_map_keeps_what_was_put),
        cmocka_unit_test(a_cleared_map_is_empty_however_often),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
