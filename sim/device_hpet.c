/* SPDX-License-Identifier: MIT */
/*
 * device_hpet.c: the high precision event timer: a counter that runs as fast as
 * the time-stamp counter, and comparators that interrupt once each time they are
 * set, at an edge or at a level.  One that is set to a count that has passed
 * interrupts at once, as QEMU's do.
 * Reference: Intel, "IA-PC HPET Specification", 2.3.
 */
#include "device_state.h"

#define FEMTOSECONDS 1000000000000000ull

enum {
    HPET_CAPABILITIES = 0x000,
    HPET_CONFIGURATION = 0x010,
    HPET_STATUS = 0x020,
    HPET_COUNTER = 0x0F0,
    HPET_TIMER = 0x100,
    HPET_TIMER_SIZE = 0x20,
    HPET_TIMER_COMPARATOR = 0x008,
};

#define CONFIGURATION_RUN 1u

#define TIMER_LEVEL    0x02u
#define TIMER_ENABLE   0x04u
#define TIMER_64_BITS  0x20u /* capability */
#define TIMER_SETTABLE (TIMER_LEVEL | TIMER_ENABLE)
#define TIMER_ROUTE    0x3E00u
#define ROUTE_SHIFT    9
#define ROUTES         0x00FF0104ull /* lines that a timer can be routed to: a Q35's */

static uint64_t count(const struct hpet *hpet, uint64_t now)
{
    return hpet->runs ? now + hpet->offset : hpet->offset;
}

static uint64_t read_timer(const struct hpet *hpet, uint32_t offset)
{
    unsigned timer = (offset - HPET_TIMER) / HPET_TIMER_SIZE;

    switch ((offset - HPET_TIMER) % HPET_TIMER_SIZE) {
    case 0:
        return hpet->configuration[timer] | TIMER_64_BITS | ROUTES << 32;
    case HPET_TIMER_COMPARATOR:
        return hpet->comparator[timer];
    default:
        return 0;
    }
}

/*
 * hpet_read: read the 64-bit register at an offset, a multiple of 8.
 */
uint64_t hpet_read(const struct hpet *hpet, uint32_t offset, uint64_t now)
{
    if (offset >= HPET_TIMER && offset < HPET_TIMER + HPET_TIMERS * HPET_TIMER_SIZE) {
        return read_timer(hpet, offset);
    }
    switch (offset) {
    case HPET_CAPABILITIES:
        return FEMTOSECONDS / SIM_FREQUENCY << 32 | SIM_HPET_BLOCK_ID;
    case HPET_CONFIGURATION:
        return hpet->runs ? CONFIGURATION_RUN : 0;
    case HPET_STATUS:
        return hpet->status;
    case HPET_COUNTER:
        return count(hpet, now);
    default:
        return 0;
    }
}

static unsigned route(const struct hpet *hpet, unsigned timer)
{
    return (hpet->configuration[timer] & TIMER_ROUTE) >> ROUTE_SHIFT;
}

/*
 * set_configuration: a route that there is not leaves the old one.
 */
static void set_configuration(struct hpet *hpet, unsigned timer, uint32_t value)
{
    uint32_t line = (ROUTES >> ((value & TIMER_ROUTE) >> ROUTE_SHIFT) & 1) != 0
                        ? value & TIMER_ROUTE
                        : hpet->configuration[timer] & TIMER_ROUTE;

    hpet->configuration[timer] = (value & TIMER_SETTABLE) | line;
    if ((value & TIMER_SETTABLE) != TIMER_SETTABLE) {
        hpet->status &= ~(1u << timer);
    }
}

static void write_timer(struct hpet *hpet, uint32_t offset, uint64_t value)
{
    unsigned timer = (offset - HPET_TIMER) / HPET_TIMER_SIZE;

    switch ((offset - HPET_TIMER) % HPET_TIMER_SIZE) {
    case 0:
        set_configuration(hpet, timer, (uint32_t)value);
        break;
    case HPET_TIMER_COMPARATOR:
        hpet->comparator[timer] = value;
        hpet->armed[timer] = true;
        break;
    }
}

/*
 * hpet_write: write the bits in mask of the register at an offset, a multiple of 8.
 * => the counter can be set only while it stands
 */
void hpet_write(struct hpet *hpet, uint32_t offset, uint64_t mask, uint64_t value, uint64_t now)
{
    if (offset == HPET_STATUS) {
        hpet->status &= ~(uint32_t)(value & mask);
        return;
    }
    value = (hpet_read(hpet, offset, now) & ~mask) | (value & mask);
    if (offset >= HPET_TIMER && offset < HPET_TIMER + HPET_TIMERS * HPET_TIMER_SIZE) {
        write_timer(hpet, offset, value);
    } else if (offset == HPET_CONFIGURATION) {
        uint64_t counted = count(hpet, now);

        hpet->runs = (value & CONFIGURATION_RUN) != 0;
        hpet->offset = hpet->runs ? counted - now : counted;
    } else if (offset == HPET_COUNTER && !hpet->runs) {
        hpet->offset = value;
    }
}

/*
 * due: when the counter reaches an armed timer's comparator.
 */
static uint64_t due(const struct hpet *hpet, unsigned timer)
{
    if (!hpet->runs || !hpet->armed[timer]) {
        return UINT64_MAX;
    }
    /* The counter may have been set below the time, and the offset is negative then. */
    if ((int64_t)(hpet->comparator[timer] - hpet->offset) < 0) {
        return 0;
    }
    return hpet->comparator[timer] - hpet->offset;
}

uint64_t hpet_deadline(const struct hpet *hpet)
{
    uint64_t first = UINT64_MAX;

    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        first = due(hpet, i) < first ? due(hpet, i) : first;
    }
    return first;
}

uint32_t hpet_tick(struct hpet *hpet, uint64_t now)
{
    uint32_t edges = 0;

    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        if (due(hpet, i) > now) {
            continue;
        }
        hpet->armed[i] = false;
        if ((hpet->configuration[i] & TIMER_SETTABLE) == TIMER_SETTABLE) {
            hpet->status |= 1u << i;
        } else if ((hpet->configuration[i] & TIMER_ENABLE) != 0) {
            edges |= 1u << route(hpet, i);
        }
    }
    return edges;
}

uint32_t hpet_lines(const struct hpet *hpet)
{
    uint32_t lines = 0;

    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        lines |= (hpet->status >> i & 1) << route(hpet, i);
    }
    return lines;
}
