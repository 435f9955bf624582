/* SPDX-License-Identifier: MIT */
/*
 * test_sim_race.c: the race detector's rules, each both ways: what is a race and
 * what is not, what orders and what does not.
 */
#include "race_trace.h"

static void an_unordered_plain_write_races(void **state)
{
    (void)state;
    w(0, A);
    w(1, A);
    expect(1);
    w(0, B);
    r(1, B);
    expect(1);
    r(0, B + 8);
    w(1, B + 8);
    expect(1);
}

static void reads_and_one_processor_alone_do_not(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        r(i, A);
    }
    w(2, B);
    r(2, B);
    l(2, B);
    w(2, B);
    expect(0);
}

static void neighbours_do_not_race(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 4; i++) {
            any(RACE_WRITE, i, A + i, 1);
            any(RACE_READ, i, A + i, 1);
            any(RACE_WRITE, i, B + 2 * i, 2);
            any(RACE_LOCKED, i, FLAG + i, 1);
        }
    }
    expect(0);
    any(RACE_READ, 1, A, 1);
    expect(1);
    any(RACE_READ, 1, B + 3, 2);
    expect(1);
    any(RACE_READ, 0, A + 1, 2);
    expect(1);
}

/* A cell that was used as a whole before its bytes were. */
static void a_whole_word_divides_into_its_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        r(i, A);
    }
    l(0, A);
    w(1, B);
    kw(2, B);
    any(RACE_WRITE, 2, A + 1, 1); /* two other processors' reads, and a locked access */
    expect(1);
    any(RACE_WRITE, 0, A + 3, 1);
    expect(1);
    any(RACE_WRITE, 0, B + 2, 1);
    expect(1);
    any(RACE_READ, 1, B + 1, 1);
    any(RACE_READ, 1, B + 3, 1);
    expect(0);
    any(RACE_READ, 3, B + 3, 1);
    expect(1);
}

/* Each size against a byte just outside, and against its first and its last byte. */
static void any_size_at_any_place_meets_exactly_its_bytes(void **state)
{
    static const enum race_kind kinds[] = { RACE_READ, RACE_WRITE, RACE_LOCKED };

    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        for (unsigned size = 1; size <= 64; size++) {
            for (uint64_t start = A + PAGE - 66; start <= A + PAGE + 4; start++) {
                race_reset(race);
                any(kinds[kind], 0, start, size);
                any(RACE_WRITE, 1, start - 1, 1);
                any(RACE_WRITE, 1, start + size, 1);
                expect(0);
                any(RACE_WRITE, 1, start, 1);
                expect(1);
                any(RACE_WRITE, 2, start + size - 1, 1);
                expect(1);
            }
        }
    }
}

static void a_torn_store_races_with_each_half(void **state)
{
    (void)state;
    any(RACE_WRITE, 0, A, 16);
    any(RACE_READ, 1, A, 8);
    any(RACE_READ, 2, A + 8, 8);
    expect(2);
    any(RACE_READ, 1, B + 12, 4);
    any(RACE_WRITE, 0, B, 16);
    expect(1);
}

static void the_end_of_memory_is_no_end(void **state)
{
    (void)state;
    any(RACE_WRITE, 0, UINT64_MAX - 1, 4);
    any(RACE_WRITE, 1, 2, 1);
    expect(0);
    any(RACE_WRITE, 1, 1, 1);
    expect(1);
    any(RACE_READ, 2, UINT64_MAX, 1);
    expect(1);
}

static void a_locked_access_races_with_plain_writes_only(void **state)
{
    (void)state;
    l(0, A);
    l(1, A);
    r(2, A);
    l(3, A);
    r(3, B);
    l(2, B);
    expect(0);
    w(0, A);
    expect(1);
    w(0, B + 8);
    l(1, B + 8);
    expect(1);
}

static void a_locked_access_passes_a_message_on(void **state)
{
    (void)state;
    w(0, A);
    l(0, FLAG);
    w(0, B);
    l(1, FLAG);
    r(1, A);
    w(1, A);
    expect(0);
    r(1, B); /* after the release */
    expect(1);
}

static void a_poll_acquires_and_is_no_race(void **state)
{
    (void)state;
    r(1, FLAG);
    w(0, A);
    l(0, FLAG);
    r(1, FLAG);
    w(1, A);
    expect(0);
    w(2, B);
    kw(2, FLAG + 8);
    r(3, FLAG + 8);
    w(3, B);
    expect(0);
}

static void only_what_is_polled_acquires(void **state)
{
    (void)state;
    w(0, A);
    l(0, FLAG);
    r(1, FLAG + 4);
    any(RACE_READ, 1, FLAG - 1, 1);
    w(1, A);
    expect(1);
}

static void a_plain_write_neither_acquires_nor_releases(void **state)
{
    (void)state;
    w(0, A);
    w(0, FLAG);
    kr(1, FLAG); /* nothing was released */
    r(1, A);
    expect(1);
    w(0, B);
    kw(0, FLAG + 8);
    w(1, FLAG + 8); /* does not acquire what was */
    r(1, B);
    expect(1);
}

/* The initial value is written plainly, then the flag is set by a locked instruction. */
static void a_poll_that_sees_the_locked_write_knows_the_plain_one_before_it(void **state)
{
    (void)state;
    w(0, FLAG);
    l(0, FLAG);
    r(1, FLAG);
    l(2, FLAG);
    expect(0);
    l(0, FLAG + 4);
    w(0, FLAG + 4);
    r(1, FLAG + 4);
    expect(1);
}

static void halves_of_one_access_acquire_before_they_are_judged(void **state)
{
    (void)state;
    w(0, FLAG);
    l(0, FLAG + 4);
    any(RACE_READ, 1, FLAG, 8);
    expect(0);
}

static void the_kernel_never_races(void **state)
{
    (void)state;
    w(0, A);
    kr(1, A);
    kw(2, A);
    w(0, A);
    kw(3, B);
    w(1, B);
    kw(0, B);
    expect(0);
}

static void the_kernel_orders(void **state)
{
    (void)state;
    w(0, A);
    kw(0, FLAG);
    kr(1, FLAG);
    w(1, A);
    expect(0);
    w(1, B);
    kr(1, FLAG); /* does not release */
    kr(2, FLAG);
    r(2, B);
    expect(1);
}

static void a_kernel_write_does_not_acquire(void **state)
{
    (void)state;
    w(0, A);
    kw(0, FLAG);
    kw(1, FLAG);
    r(1, A);
    expect(1);
}

/* All that was ever released into a word stays there, whoever releases next. */
static void releases_add_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        w(i, A + 4 * i);
        kw(i, FLAG);
        kw(i, FLAG);
    }
    w(1, B);
    kr(3, FLAG);
    any(RACE_READ, 3, A, 12);
    expect(0);
    r(3, B);
    expect(1);
    w(3, B + 8);
    kw(3, FLAG); /* knows all that is there */
    kr(0, FLAG);
    any(RACE_WRITE, 0, A, 12);
    w(0, B + 8);
    expect(0);
}

/* What a processor learns between two releases in one epoch is in the second. */
static void a_release_tells_what_was_learnt_since_the_last(void **state)
{
    (void)state;
    kw(1, FLAG);
    kr(2, FLAG);
    w(0, A);
    kw(0, FLAG + 8);
    kr(1, FLAG + 8);
    kw(1, FLAG);
    kr(2, FLAG);
    w(2, A);
    expect(0);
}

static void order_goes_through_others(void **state)
{
    (void)state;
    w(0, A);
    l(0, FLAG);
    l(1, FLAG);
    kw(1, FLAG + 0x100);
    kr(2, FLAG + 0x100);
    race_send(race, 2, 3);
    race_receive(race, 3);
    w(3, A);
    expect(0);
    w(1, B);
    race_receive(race, 3);
    r(3, B);
    expect(1);
}

static void an_interrupt_orders_what_came_before_it_was_sent(void **state)
{
    (void)state;
    w(0, A);
    race_receive(race, 1);
    r(1, A); /* none was sent */
    expect(1);
    race_send(race, 0, 1);
    w(0, B);
    r(1, A); /* not received yet; but the pair is settled */
    expect(0);
    race_send(race, 2, 1);
    race_receive(race, 1);
    w(1, A);
    expect(0);
    r(1, B);
    expect(1);
    w(3, B + 8);
    race_send(race, 3, 3);
    race_receive(race, 3);
    r(2, B + 8);
    expect(1);
}

static void a_device_passes_on_what_it_was_told_after(void **state)
{
    (void)state;
    w(0, A);
    race_device_write(race, 0);
    w(0, B); /* after it was told */
    race_device_interrupt(race, 1);
    r(1, A);
    expect(0);
    r(1, B);
    expect(1);
    w(2, FLAG);
    race_device_interrupt(race, 1); /* processor 2 has told it nothing */
    r(1, FLAG);
    expect(1);
}

static void two_hundred_and_fifty_six_processors(void **state)
{
    (void)state;
    create(256);
    for (unsigned i = 0; i < 256; i++) {
        any(RACE_WRITE, i, A + i, 1);
        w(i, A + PAGE + 4 * i);
        r(i, B + 2 * PAGE);
        l(i, FLAG);
    }
    for (unsigned i = 0; i < 256; i++) {
        r(i, FLAG);
        any(RACE_READ, i, A + PAGE + 4 * (255 - i), 4);
    }
    expect(0);
    w(255, B + 2 * PAGE); /* knows all readers */
    expect(0);
    for (unsigned i = 0; i < 256; i++) {
        r(i, B + 3 * PAGE);
    }
    l(0, FLAG);
    l(200, FLAG);
    for (unsigned i = 0; i < 256; i++) {
        if (i != 200) {
            kw(i, FLAG + 8);
        }
    }
    kr(1, FLAG + 8);
    w(1, B + 3 * PAGE); /* knows all but 200 */
    assert_int_equal(found[0].other.processor, 200);
    expect(1);
    create(4096);
    assert_null(race_create(4097, on_found, NULL));
    assert_null(race_create(0, on_found, NULL));
    w(4095, A);
    w(4094, A);
    expect(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(an_unordered_plain_write_races),
        RULE(reads_and_one_processor_alone_do_not),
        RULE(neighbours_do_not_race),
        RULE(a_whole_word_divides_into_its_bytes),
        RULE(any_size_at_any_place_meets_exactly_its_bytes),
        RULE(a_torn_store_races_with_each_half),
        RULE(the_end_of_memory_is_no_end),
        RULE(a_locked_access_races_with_plain_writes_only),
        RULE(a_locked_access_passes_a_message_on),
        RULE(a_poll_acquires_and_is_no_race),
        RULE(only_what_is_polled_acquires),
        RULE(a_plain_write_neither_acquires_nor_releases),
        RULE(a_poll_that_sees_the_locked_write_knows_the_plain_one_before_it),
        RULE(halves_of_one_access_acquire_before_they_are_judged),
        RULE(the_kernel_never_races),
        RULE(the_kernel_orders),
        RULE(a_kernel_write_does_not_acquire),
        RULE(releases_add_up),
        RULE(a_release_tells_what_was_learnt_since_the_last),
        RULE(order_goes_through_others),
        RULE(an_interrupt_orders_what_came_before_it_was_sent),
        RULE(a_device_passes_on_what_it_was_told_after),
        RULE(two_hundred_and_fifty_six_processors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
