/* SPDX-License-Identifier: MIT */
/*
 * device_hpet.c: the high precision event timer: a counter that runs as fast as
 * the time-stamp counter, and comparators that are routed nowhere.
 * Reference: Intel, "IA-PC HPET Specification", 2.3.
 */
#include "device_state.h"

#define FEMTOSECONDS 1000000000000000ull

enum {
    HPET_CAPABILITIES = 0x000,
    HPET_CONFIGURATION = 0x010,
    HPET_COUNTER = 0x0F0,
    HPET_TIMER = 0x100,
    HPET_TIMER_SIZE = 0x20,
    HPET_TIMER_COMPARATOR = 0x008,
};

#define CONFIGURATION_RUN 1u

#define TIMER_64_BITS  0x20u /* capability */
#define TIMER_SETTABLE 0x06u /* interrupt enable, level trigger */

static uint64_t count(const struct hpet *hpet, uint64_t now)
{
    return hpet->runs ? now + hpet->offset : hpet->offset;
}

static uint64_t read_timer(const struct hpet *hpet, uint32_t offset)
{
    unsigned timer = (offset - HPET_TIMER) / HPET_TIMER_SIZE;

    switch ((offset - HPET_TIMER) % HPET_TIMER_SIZE) {
    case 0:
        return hpet->configuration[timer] | TIMER_64_BITS;
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
    case HPET_COUNTER:
        return count(hpet, now);
    default:
        return 0;
    }
}

static void write_timer(struct hpet *hpet, uint32_t offset, uint64_t value)
{
    unsigned timer = (offset - HPET_TIMER) / HPET_TIMER_SIZE;

    switch ((offset - HPET_TIMER) % HPET_TIMER_SIZE) {
    case 0:
        hpet->configuration[timer] = (uint32_t)value & TIMER_SETTABLE;
        break;
    case HPET_TIMER_COMPARATOR:
        hpet->comparator[timer] = value;
        break;
    }
}

/*
 * hpet_write: write the bits in mask of the register at an offset, a multiple of 8.
 * => the counter can be set only while it stands
 */
void hpet_write(struct hpet *hpet, uint32_t offset, uint64_t mask, uint64_t value, uint64_t now)
{
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
