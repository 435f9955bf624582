/* SPDX-License-Identifier: MIT */
/*
 * apics.h: the local APICs of four processors, and what they have sent.
 *
 * Whoever includes this includes cmocka.h and what that needs before.
 */
#pragma once

#include "sim/sim.h"

#define COUNT 4

enum {
    ID = 0x020,
    VERSION = 0x030,
    TPR = 0x080,
    PPR = 0x0A0,
    EOI = 0x0B0,
    LDR = 0x0D0,
    DFR = 0x0E0,
    SVR = 0x0F0,
    ISR = 0x100,
    TMR = 0x180,
    IRR = 0x200,
    ESR = 0x280,
    ICR = 0x300,
    ICR_HIGH = 0x310,
    LVT_TIMER = 0x320,
    LVT_LINT1 = 0x360,
    LVT_ERROR = 0x370,
    INITIAL = 0x380,
    CURRENT = 0x390,
    DIVIDE = 0x3E0,
};

#define MASKED 0x10000u

static struct sim_apic *apics[COUNT];

/* What has been sent to whom since the last look. */
static struct {
    unsigned from, to;
    enum sim_signal signal;
    uint8_t vector;
} sent[64];
static unsigned sent_count;

/* note: where the APICs send to. */
static inline void note(void *context, unsigned from, unsigned to, enum sim_signal signal,
                        uint8_t vector)
{
    assert_ptr_equal(context, &sent);
    assert_true(sent_count < 64);
    sent[sent_count].from = from;
    sent[sent_count].to = to;
    sent[sent_count].signal = signal;
    sent[sent_count++].vector = vector;
}

/* targets: a bit for everyone to whom something was sent. */
static inline unsigned targets(void)
{
    unsigned set = 0;

    for (unsigned i = 0; i < sent_count; i++) {
        assert_int_equal(set >> sent[i].to & 1, 0);
        set |= 1u << sent[i].to;
    }
    sent_count = 0;
    return set;
}

/* make: processors with these APIC identifiers. */
static inline void make(const uint32_t *ids)
{
    for (unsigned i = 0; i < COUNT; i++) {
        apics[i] = sim_apic_create(i, ids[i], i == 0, note, &sent);
        assert_non_null(apics[i]);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        sim_apic_connect(apics[i], apics, COUNT);
    }
    sent_count = 0;
}

/* four: a set-up: the local APICs of four processors, in xAPIC mode. */
static inline int four(void **state)
{
    static const uint32_t ids[COUNT] = {0, 1, 5, 0x22};

    (void)state;
    make(ids);
    for (unsigned i = 0; i < COUNT; i++) {
        sim_apic_mmio_write(apics[i], SVR, 0x1FF, 0);
    }
    return 0;
}

static inline int done(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        sim_apic_destroy(apics[i]);
    }
    return 0;
}

static inline uint32_t get(unsigned index, uint32_t offset)
{
    return sim_apic_mmio_read(apics[index], offset, 0);
}

static inline void set(unsigned index, uint32_t offset, uint32_t value)
{
    sim_apic_mmio_write(apics[index], offset, value, 0);
}

/* send: write to the interrupt command register, in xAPIC mode. */
static inline void send(unsigned index, uint32_t destination, uint32_t command)
{
    set(index, ICR_HIGH, destination << 24);
    set(index, ICR, command);
    assert_int_equal(get(index, ICR) & 0x1000, 0);
}
