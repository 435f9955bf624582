/* SPDX-License-Identifier: MIT */
/*
 * test_sim_race_random.c: the race detector agrees with the definition, on
 * random traces.
 *
 * The definition is followed word by word: every access has a time of its own
 * and the whole vector clock of its processor, every byte the vector clock of
 * what was released into it and a list of all drivers' accesses ever.  A race
 * adds an arrow from the earlier access to the later one, for that byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/race.h"

#define CPUS   8u
#define EVENTS 160u
#define BYTES  40u
#define BASE   0xFFFFF80000001FECull /* its middle is a page's end */

typedef unsigned clocks[CPUS];

struct event {
    enum race_kind kind;
    unsigned processor;
    unsigned start, size;
    clocks clock; /* of its processor, after it has acquired */
    bool conflicts[EVENTS];
};

struct byte {
    clocks released;
    unsigned count;
    unsigned accesses[EVENTS];    /* events */
    bool settled[EVENTS][EVENTS]; /* [a][b]: b is after a, by a race between them; by event */
};

static struct event events[EVENTS];
static struct byte bytes[BYTES];
static clocks now[CPUS], pending[CPUS];

static uint64_t seed = 1;
static struct sim_finding finding;
static unsigned found_count;
static unsigned long races, clean;

static unsigned below(unsigned limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 33) % limit);
}

static void on_found(void *context, const struct sim_finding *what)
{
    (void)context;
    finding = *what;
    found_count++;
}

static void join(clocks to, const clocks from)
{
    for (unsigned i = 0; i < CPUS; i++) {
        to[i] = to[i] > from[i] ? to[i] : from[i];
    }
}

/* happens_before: => as the clocks say */
static bool happens_before(unsigned a, unsigned b)
{
    unsigned p = events[a].processor;

    return a == b || events[b].clock[p] >= events[a].clock[p];
}

/* ordered: => for this byte, arrows included */
static bool ordered(const struct byte *byte, unsigned a, unsigned b)
{
    if (happens_before(a, b)) {
        return true;
    }
    for (unsigned i = 0; i < byte->count; i++) {
        unsigned from = byte->accesses[i];

        for (unsigned k = i + 1; happens_before(a, from) && k < byte->count; k++) {
            unsigned to = byte->accesses[k];

            if (byte->settled[from][to] && ordered(byte, to, b)) {
                return true;
            }
        }
    }
    return false;
}

static bool may_conflict(enum race_kind a, enum race_kind b)
{
    return a == RACE_WRITE || b == RACE_WRITE;
}

/* judge: => the access races, by the definition */
static bool judge(unsigned n)
{
    struct event *event = &events[n];
    bool any = false;

    for (unsigned i = event->start; i < event->start + event->size; i++) {
        struct byte *byte = &bytes[i];
        bool conflicts[EVENTS] = { false };

        for (unsigned k = 0; k < byte->count; k++) {
            unsigned a = byte->accesses[k];

            conflicts[a] = may_conflict(events[a].kind, event->kind) && !ordered(byte, a, n);
        }
        for (unsigned a = 0; a < n; a++) {
            byte->settled[a][n] = conflicts[a];
            event->conflicts[a] |= conflicts[a];
            any |= conflicts[a];
        }
        byte->accesses[byte->count++] = n;
    }
    return any;
}

/* define: make the access, by the definition.  => it races */
static bool define(unsigned n)
{
    struct event *event = &events[n];
    unsigned p = event->processor;
    bool driver = event->kind <= RACE_LOCKED, any = false;

    for (unsigned i = event->start; i < event->start + event->size; i++) {
        if (event->kind != RACE_WRITE && event->kind != RACE_KERNEL_WRITE) {
            join(now[p], bytes[i].released);
        }
    }
    now[p][p]++;
    memcpy(event->clock, now[p], sizeof(event->clock));
    if (driver) {
        any = judge(n);
    }
    for (unsigned i = event->start; i < event->start + event->size; i++) {
        if (event->kind == RACE_LOCKED || event->kind == RACE_KERNEL_WRITE) {
            join(bytes[i].released, now[p]);
        }
    }
    return any;
}

static void random_event(struct event *event, unsigned processors, unsigned style)
{
    static const unsigned sizes[] = { 1, 1, 2, 4, 4, 4, 8, 8, 16, 3, 5, 13 };
    static const enum race_kind kinds[][10] = {
        { RACE_READ, RACE_READ, RACE_READ, RACE_WRITE, RACE_WRITE, RACE_LOCKED, RACE_LOCKED,
          RACE_KERNEL_READ, RACE_KERNEL_READ, RACE_KERNEL_WRITE },
        { RACE_READ, RACE_READ, RACE_READ, RACE_READ, RACE_READ, RACE_WRITE, RACE_LOCKED,
          RACE_LOCKED, RACE_KERNEL_READ, RACE_KERNEL_WRITE },
        { RACE_READ, RACE_WRITE, RACE_LOCKED, RACE_LOCKED, RACE_LOCKED, RACE_KERNEL_READ,
          RACE_KERNEL_READ, RACE_KERNEL_WRITE, RACE_KERNEL_WRITE, RACE_KERNEL_WRITE },
    };

    memset(event, 0, sizeof(*event));
    event->kind = kinds[style % 3][below(10)];
    event->processor = below(processors);
    if (style < 3) { /* few words: much meets */
        event->start = 4 * below(4) + 12;
        event->size = below(4) == 0 ? 8 : 4;
    } else {
        event->size = sizes[below(sizeof(sizes) / sizeof(sizes[0]))];
        event->start = below(BYTES - event->size + 1);
    }
}

/* check: the detector has found what the definition has. */
static void check(unsigned n, bool any)
{
    assert_int_equal(found_count, any);
    if (!any) {
        clean++;
        return;
    }
    races++;
    assert_int_equal(finding.at.address, 1000 + n);
    assert_true(finding.other.address >= 1000 && finding.other.address < 1000 + n);

    unsigned a = (unsigned)finding.other.address - 1000;
    bool better = false;

    assert_true(events[n].conflicts[a]);
    assert_int_equal(finding.other.processor, events[a].processor);
    assert_true(finding.accesses[1].target == BASE + events[a].start);
    for (unsigned i = 0; i < n; i++) {
        better |= events[n].conflicts[i] && events[i].kind != RACE_READ;
    }
    assert_true(!better || events[a].kind != RACE_READ);
}

static void run_trace(struct race *race, unsigned processors, unsigned style, unsigned length)
{
    race_reset(race);
    memset(bytes, 0, sizeof(bytes));
    memset(now, 0, sizeof(now));
    memset(pending, 0, sizeof(pending));
    for (unsigned n = 0; n < length; n++) {
        struct event *event = &events[n];
        unsigned to = below(processors);

        random_event(event, processors, style);
        if (below(12) == 0) {
            race_send(race, event->processor, to);
            join(pending[to], now[event->processor]);
        }
        if (below(12) == 0) {
            race_receive(race, to);
            join(now[to], pending[to]);
        }
        struct sim_place place = { .processor = event->processor, .address = 1000 + n, .time = n };

        found_count = 0;
        race_access(race, event->kind, &place, BASE + event->start, event->size);
        check(n, define(n));
    }
}

static void it_agrees_with_the_definition(void **state)
{
    struct race *detectors[CPUS + 1];

    (void)state;
    for (unsigned i = 2; i <= CPUS; i++) {
        detectors[i] = race_create(i, on_found, NULL);
        assert_non_null(detectors[i]);
    }
    for (unsigned trace = 0; trace < 6000; trace++) {
        unsigned processors = 2 + below(CPUS - 1), style = below(6);

        run_trace(detectors[processors], processors, style, 10 + below(EVENTS - 10));
    }
    print_message("%lu accesses race, %lu do not\n", races, clean);
    assert_true(races > 10000 && clean > 100000);
    for (unsigned i = 2; i <= CPUS; i++) {
        race_destroy(detectors[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_the_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
