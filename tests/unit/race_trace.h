/* SPDX-License-Identifier: MIT */
/*
 * race_trace.h: traces for the race detector, in short.
 *
 * An access is one letter for what it is and one number for whose: w(1, A) is a
 * plain write by processor 1.  The instruction's address is new each time unless
 * a test says otherwise.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/race.h"

#define A    0xFFFFF80000001000ull /* data */
#define B    0xFFFFF80000023000ull
#define FLAG 0xFFFFA00000002008ull /* what messages are passed through */
#define PAGE 0x1000ull

static struct race *race;
static struct sim_finding found[512];
static size_t found_count;
static uint64_t now;

static inline void on_found(void *context, const struct sim_finding *finding)
{
    assert_ptr_equal(context, &found_count);
    assert_true(found_count < sizeof(found) / sizeof(found[0]));
    found[found_count++] = *finding;
}

static inline void create(unsigned processors)
{
    race_destroy(race);
    found_count = 0;
    now = 0;
    race = race_create(processors, on_found, &found_count);
    assert_non_null(race);
}

static inline int four_processors(void **state)
{
    (void)state;
    create(4);
    return 0;
}

static inline int done(void **state)
{
    (void)state;
    race_destroy(race);
    race = NULL;
    return 0;
}

/* at: the instruction at code makes the access. */
static inline void at(uint64_t code, enum race_kind kind, unsigned processor, uint64_t address,
                      unsigned size)
{
    struct sim_place place = { .processor = processor, .irql = 14, .address = code, .time = ++now };

    race_access(race, kind, &place, address, size);
}

static inline void any(enum race_kind kind, unsigned processor, uint64_t address, unsigned size)
{
    at(0xFFFFF88000000000ull + now, kind, processor, address, size);
}

static inline void r(unsigned processor, uint64_t address)
{
    any(RACE_READ, processor, address, 4);
}

static inline void w(unsigned processor, uint64_t address)
{
    any(RACE_WRITE, processor, address, 4);
}

static inline void l(unsigned processor, uint64_t address)
{
    any(RACE_LOCKED, processor, address, 4);
}

static inline void kr(unsigned processor, uint64_t address)
{
    any(RACE_KERNEL_READ, processor, address, 8);
}

static inline void kw(unsigned processor, uint64_t address)
{
    any(RACE_KERNEL_WRITE, processor, address, 8);
}

/* expect: as many findings as that since the last time. */
#define expect(count)                                                                              \
    do {                                                                                           \
        assert_int_equal(found_count, count);                                                      \
        found_count = 0;                                                                           \
    } while (0)

#define RULE(name) cmocka_unit_test_setup_teardown(name, four_processors, done)
