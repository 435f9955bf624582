/* SPDX-License-Identifier: MIT */
/*
 * apic_state.h: what the files of the local APIC share.
 *
 *   apic.c           life, priorities, the timer
 *   apic_register.c  registers, in memory and as MSRs
 *   apic_send.c      the interrupt command register
 */
#pragma once

#include "sim.h"

#define APIC_NEVER UINT64_MAX
#define APIC_WORDS 8 /* of 32 vectors each */

/* IA32_APIC_BASE. */
#define APIC_BASE_BOOT_PROCESSOR 0x100ull
#define APIC_BASE_X2APIC         0x400ull
#define APIC_BASE_ENABLE         0x800ull

#define APIC_SVR_ENABLE 0x100u

#define APIC_LVT_MASKED   0x10000u
#define APIC_LVT_PERIODIC 0x20000u

#define APIC_FIRST_VECTOR 16u /* those below are illegal */
#define APIC_ALL_8        0xFFu /* the destination that is everybody, in xAPIC mode */
#define APIC_ALL_32       0xFFFFFFFFu

/* The error status register. */
#define APIC_ERROR_SEND_VECTOR    0x20u
#define APIC_ERROR_RECEIVE_VECTOR 0x40u
#define APIC_ERROR_REGISTER       0x80u

enum apic_lvt {
    APIC_LVT_TIMER,
    APIC_LVT_THERMAL,
    APIC_LVT_PERFORMANCE,
    APIC_LVT_LINT0,
    APIC_LVT_LINT1,
    APIC_LVT_ERROR,
    APIC_LVT_COUNT,
};

/* All that a program can change. */
struct apic_state {
    uint64_t base; /* IA32_APIC_BASE */
    uint64_t expires; /* when the timer's count reaches zero; APIC_NEVER: stopped */
    uint32_t tpr, ldr, dfr, svr;
    uint32_t errors, errors_shown; /* since the last write to ESR; what ESR reads as */
    uint32_t command, destination; /* ICR */
    uint32_t initial, divide;
    uint32_t lvt[APIC_LVT_COUNT];
    uint32_t irr[APIC_WORDS], isr[APIC_WORDS];
    uint32_t tmr[APIC_WORDS]; /* level-triggered, of those in irr and isr */
    int pending; /* what sim_apic_pending answers: it is asked at every instruction */
};

struct sim_apic {
    unsigned index;
    uint32_t id;
    sim_apic_send *send;
    void *context;
    struct sim_apic **all;
    unsigned count;
    struct apic_state state;
};

/*
 * apic_is_x2: is it in x2APIC mode?
 */
static inline bool apic_is_x2(const struct sim_apic *apic)
{
    return (apic->state.base & APIC_BASE_X2APIC) != 0;
}

/*
 * apic_shown_id: the id that its mode lets it have.
 */
static inline uint32_t apic_shown_id(const struct sim_apic *apic)
{
    return apic_is_x2(apic) ? apic->id : apic->id & 0xFF;
}

/*
 * apic_logical_id: LDR, which in x2APIC mode is made from the id.
 */
static inline uint32_t apic_logical_id(const struct sim_apic *apic)
{
    return apic_is_x2(apic) ? apic->id >> 4 << 16 | 1u << (apic->id & 15) : apic->state.ldr;
}

/*
 * apic_processor_priority: PPR.
 */
uint32_t apic_processor_priority(const struct sim_apic *apic);

/*
 * apic_update: something that sim_apic_pending depends on has changed.
 */
void apic_update(struct sim_apic *apic);

/*
 * apic_error: note an error for ESR, and interrupt if the error entry allows it.
 */
void apic_error(struct sim_apic *apic, uint32_t error);

/*
 * apic_end_interrupt: what a write to EOI does.
 */
void apic_end_interrupt(struct sim_apic *apic);

/*
 * apic_clear: registers and timer as after INIT; IA32_APIC_BASE stays.
 */
void apic_clear(struct sim_apic *apic);

/*
 * apic_timer_count: the timer's current count.
 * => sim_apic_tick has been called for now
 */
uint32_t apic_timer_count(const struct sim_apic *apic, uint64_t now);

/*
 * apic_timer_start: count down from initial, 0 stops the timer.
 */
void apic_timer_start(struct sim_apic *apic, uint32_t initial, uint64_t now);

/*
 * apic_timer_divide: change the divide configuration; the count stays what it is.
 */
void apic_timer_divide(struct sim_apic *apic, uint32_t divide, uint64_t now);

/*
 * apic_command: carry out a write to ICR.
 * => destination: as the mode has it, 8 or 32 bits
 */
void apic_command(struct sim_apic *apic, uint32_t destination, uint32_t command);

/*
 * apic_command_self: send this APIC a vector.
 */
void apic_command_self(struct sim_apic *apic, uint8_t vector);
