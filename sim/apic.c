/* SPDX-License-Identifier: MIT */
/*
 * apic.c: the local APIC: its life, its priorities, its timer.
 *
 * A vector waits in IRR until its class (the upper four bits) is above the
 * processor priority, the higher of TPR and the vector in service; then the
 * processor takes it, which moves it to ISR, and EOI takes the highest one out
 * of there.  One vector waits once, however often it was sent.
 *
 * The timer has no moving parts: what is stored is the time at which the count
 * reaches zero, and the count follows from it.  Its input is the time-stamp
 * counter's frequency.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Advanced
 * Programmable Interrupt Controller (APIC)".
 */
#include "apic_state.h"

#include <stdlib.h>
#include <string.h>

#define SVR_RESET 0xFFu
#define DFR_FLAT  0xFFFFFFFFu

/* The highest id of xAPIC mode: 255 is everybody. */
#define XAPIC_HIGHEST_ID 254u

static int highest(const uint32_t *words)
{
    for (int i = APIC_WORDS - 1; i >= 0; i--) {
        if (words[i] != 0) {
            return i * 32 + 31 - __builtin_clz(words[i]);
        }
    }
    return -1;
}

static bool software_enabled(const struct sim_apic *apic)
{
    return (apic->state.svr & APIC_SVR_ENABLE) != 0;
}

uint32_t apic_processor_priority(const struct sim_apic *apic)
{
    int serviced = highest(apic->state.isr);
    uint32_t class = serviced < 0 ? 0 : (uint32_t)serviced & 0xF0;

    return (apic->state.tpr & 0xF0) >= class ? apic->state.tpr : class;
}

void apic_update(struct sim_apic *apic)
{
    int vector = highest(apic->state.irr);

    if (vector >= 0 && sim_apic_enabled(apic) && software_enabled(apic) &&
        (uint32_t)vector >> 4 > apic_processor_priority(apic) >> 4) {
        apic->state.pending = vector;
    } else {
        apic->state.pending = -1;
    }
}

static void request(struct sim_apic *apic, uint8_t vector, bool level)
{
    const uint32_t bit = 1u << vector % 32;

    apic->state.irr[vector / 32] |= bit;
    apic->state.tmr[vector / 32] = (apic->state.tmr[vector / 32] & ~bit) | (level ? bit : 0);
    apic_update(apic);
}

void apic_error(struct sim_apic *apic, uint32_t error)
{
    uint32_t entry = apic->state.lvt[APIC_LVT_ERROR];

    apic->state.errors |= error;
    if ((entry & APIC_LVT_MASKED) == 0 && (entry & 0xFF) >= APIC_FIRST_VECTOR) {
        request(apic, (uint8_t)entry, false);
    }
}

static void accept(struct sim_apic *apic, uint8_t vector, bool level)
{
    if (!sim_apic_enabled(apic) || !software_enabled(apic)) {
        return;
    }
    if (vector < APIC_FIRST_VECTOR) {
        apic_error(apic, APIC_ERROR_RECEIVE_VECTOR);
    } else {
        request(apic, vector, level);
    }
}

void sim_apic_accept(struct sim_apic *apic, uint8_t vector)
{
    accept(apic, vector, false);
}

void sim_apic_accept_level(struct sim_apic *apic, uint8_t vector)
{
    accept(apic, vector, true);
}

int sim_apic_pending(const struct sim_apic *apic)
{
    return apic->state.pending;
}

void sim_apic_acknowledge(struct sim_apic *apic, uint8_t vector)
{
    apic->state.irr[vector / 32] &= ~(1u << vector % 32);
    apic->state.isr[vector / 32] |= 1u << vector % 32;
    apic_update(apic);
}

void apic_end_interrupt(struct sim_apic *apic)
{
    int vector = highest(apic->state.isr);

    if (vector >= 0) {
        apic->state.isr[vector / 32] &= ~(1u << vector % 32);
        apic_update(apic);
        if ((apic->state.tmr[vector / 32] >> vector % 32 & 1) != 0) {
            apic->send(apic->context, apic->index, apic->index, SIM_SIGNAL_END, (uint8_t)vector);
        }
    }
}

uint8_t sim_apic_cr8(const struct sim_apic *apic)
{
    return (uint8_t)(apic->state.tpr >> 4);
}

void sim_apic_set_cr8(struct sim_apic *apic, uint8_t value)
{
    apic->state.tpr = (uint32_t)(value & 0xF) << 4;
    apic_update(apic);
}

/*
 * timer_shift: the divide configuration register's bits 0, 1 and 3 are one number.
 */
static unsigned timer_shift(const struct sim_apic *apic)
{
    uint32_t divide = apic->state.divide;

    return ((divide & 3) + (divide >> 1 & 4) + 1) & 7;
}

uint32_t apic_timer_count(const struct sim_apic *apic, uint64_t now)
{
    unsigned shift = timer_shift(apic);

    if (apic->state.expires == APIC_NEVER) {
        return 0;
    }
    return (uint32_t)((apic->state.expires - now + (1ull << shift) - 1) >> shift);
}

static void timer_set(struct sim_apic *apic, uint32_t count, uint64_t now)
{
    apic->state.expires =
        count == 0 ? APIC_NEVER : now + ((uint64_t)count << timer_shift(apic));
}

void apic_timer_start(struct sim_apic *apic, uint32_t initial, uint64_t now)
{
    apic->state.initial = initial;
    timer_set(apic, initial, now);
}

void apic_timer_divide(struct sim_apic *apic, uint32_t divide, uint64_t now)
{
    uint32_t count = apic_timer_count(apic, now);

    apic->state.divide = divide;
    timer_set(apic, count, now);
}

uint64_t sim_apic_deadline(const struct sim_apic *apic)
{
    return (apic->state.lvt[APIC_LVT_TIMER] & APIC_LVT_MASKED) != 0 ? APIC_NEVER
                                                                    : apic->state.expires;
}

void sim_apic_tick(struct sim_apic *apic, uint64_t now)
{
    struct apic_state *state = &apic->state;
    uint32_t entry = state->lvt[APIC_LVT_TIMER];

    if (now < state->expires || state->expires == APIC_NEVER) {
        return;
    }
    if ((entry & APIC_LVT_PERIODIC) != 0) {
        uint64_t period = (uint64_t)state->initial << timer_shift(apic);

        state->expires += ((now - state->expires) / period + 1) * period;
    } else {
        state->expires = APIC_NEVER;
    }
    if ((entry & APIC_LVT_MASKED) == 0) {
        sim_apic_accept(apic, (uint8_t)entry);
    }
}

void apic_clear(struct sim_apic *apic)
{
    apic->state = (struct apic_state){
        .base = apic->state.base,
        .expires = APIC_NEVER,
        .dfr = DFR_FLAT,
        .svr = SVR_RESET,
        .pending = -1,
    };
    for (unsigned i = 0; i < APIC_LVT_COUNT; i++) {
        apic->state.lvt[i] = APIC_LVT_MASKED;
    }
}

void sim_apic_reset(struct sim_apic *apic)
{
    apic_clear(apic);
}

struct sim_apic *sim_apic_create(unsigned index, uint32_t id, bool boot_processor,
                                 sim_apic_send *send, void *context)
{
    struct sim_apic *apic = calloc(1, sizeof(*apic));

    if (apic == NULL) {
        return NULL;
    }
    apic->index = index;
    apic->id = id;
    apic->send = send;
    apic->context = context;
    apic->state.base = SIM_APIC_BASE | APIC_BASE_ENABLE |
                       (boot_processor ? APIC_BASE_BOOT_PROCESSOR : 0) |
                       (id > XAPIC_HIGHEST_ID ? APIC_BASE_X2APIC : 0);
    apic_clear(apic);
    return apic;
}

void sim_apic_destroy(struct sim_apic *apic)
{
    free(apic);
}

void sim_apic_connect(struct sim_apic *apic, struct sim_apic **all, unsigned count)
{
    apic->all = all;
    apic->count = count;
}

void sim_apic_copy(struct sim_apic *to, const struct sim_apic *from)
{
    memcpy(&to->state, &from->state, sizeof(to->state));
}

uint32_t sim_apic_id(const struct sim_apic *apic)
{
    return apic->id;
}

bool sim_apic_enabled(const struct sim_apic *apic)
{
    return (apic->state.base & APIC_BASE_ENABLE) != 0;
}
