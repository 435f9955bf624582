/* SPDX-License-Identifier: MIT */
/*
 * apic_register.c: the local APIC's registers, in memory (xAPIC) and as MSRs
 * (x2APIC): register n is at offset 16 n of the page and is MSR 0x800 + n.
 *
 * In memory a register that is not there reads 0 and notes an error, and bits
 * that are not there are dropped; as MSRs both are #GP.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Local APIC
 * Register Address Map", "x2APIC Register Address Space", "x2APIC State
 * Transitions".
 */
#include "apic_state.h"

#define MSR_APIC_BASE   0x1Bu
#define MSR_X2APIC      0x800u
#define MSR_X2APIC_LAST 0x8FFu

#define VERSION (0x14u | (APIC_LVT_COUNT - 1) << 16)

enum {
    REGISTER_ID = 0x02,
    REGISTER_VERSION = 0x03,
    REGISTER_TPR = 0x08,
    REGISTER_PPR = 0x0A,
    REGISTER_EOI = 0x0B,
    REGISTER_LDR = 0x0D,
    REGISTER_DFR = 0x0E,
    REGISTER_SVR = 0x0F,
    REGISTER_ISR = 0x10,
    REGISTER_TMR = 0x18,
    REGISTER_IRR = 0x20,
    REGISTER_ESR = 0x28,
    REGISTER_ICR = 0x30,
    REGISTER_ICR_HIGH = 0x31,
    REGISTER_LVT = 0x32,
    REGISTER_LVT_LAST = REGISTER_LVT + APIC_LVT_COUNT - 1,
    REGISTER_INITIAL = 0x38,
    REGISTER_CURRENT = 0x39,
    REGISTER_DIVIDE = 0x3E,
    REGISTER_SELF = 0x3F,
};

/* Which bits of a register a program may set. */
#define SETTABLE_SVR    0x1FFu
#define SETTABLE_ICR    0xCCFFFu
#define SETTABLE_DIVIDE 0xBu
#define DELIVERY_STATUS 0x1000u
#define REMOTE_IRR      0x4000u
#define DFR_FIXED_BITS  0x0FFFFFFFu
#define LDR_BITS        0xFF000000u

static const uint32_t settable_lvt[APIC_LVT_COUNT] = {
    [APIC_LVT_TIMER] = 0x300FF,
    [APIC_LVT_THERMAL] = 0x107FF,
    [APIC_LVT_PERFORMANCE] = 0x107FF,
    [APIC_LVT_LINT0] = 0x1A7FF,
    [APIC_LVT_LINT1] = 0x1A7FF,
    [APIC_LVT_ERROR] = 0x100FF,
};

static bool is_bitmap(uint32_t number)
{
    return number >= REGISTER_ISR && number < REGISTER_IRR + APIC_WORDS;
}

static uint32_t read_bitmap(const struct apic_state *state, uint32_t number)
{
    if (number >= REGISTER_IRR) {
        return state->irr[number - REGISTER_IRR];
    }
    return number >= REGISTER_TMR ? state->tmr[number - REGISTER_TMR]
                                  : state->isr[number - REGISTER_ISR];
}

/*
 * read_register: read what exists in both modes.
 * => false: there is no such register
 */
static bool read_register(const struct sim_apic *apic, uint32_t number, uint64_t now,
                          uint32_t *value)
{
    const struct apic_state *state = &apic->state;

    if (is_bitmap(number)) {
        *value = read_bitmap(state, number);
        return true;
    }
    if (number >= REGISTER_LVT && number <= REGISTER_LVT_LAST) {
        *value = state->lvt[number - REGISTER_LVT];
        return true;
    }
    switch (number) {
    case REGISTER_VERSION:
        *value = VERSION;
        return true;
    case REGISTER_TPR:
        *value = state->tpr;
        return true;
    case REGISTER_PPR:
        *value = apic_processor_priority(apic);
        return true;
    case REGISTER_LDR:
        *value = apic_logical_id(apic);
        return true;
    case REGISTER_SVR:
        *value = state->svr;
        return true;
    case REGISTER_ESR:
        *value = state->errors_shown;
        return true;
    case REGISTER_ICR:
        *value = state->command;
        return true;
    case REGISTER_INITIAL:
        *value = state->initial;
        return true;
    case REGISTER_CURRENT:
        *value = apic_timer_count(apic, now);
        return true;
    case REGISTER_DIVIDE:
        *value = state->divide;
        return true;
    default:
        return false;
    }
}

/*
 * settable: which bits may be set; false: not a register that can be written in both modes.
 */
static bool settable(uint32_t number, uint32_t *bits)
{
    if (number >= REGISTER_LVT && number <= REGISTER_LVT_LAST) {
        *bits = settable_lvt[number - REGISTER_LVT];
        return true;
    }
    switch (number) {
    case REGISTER_TPR:
        *bits = 0xFF;
        return true;
    case REGISTER_EOI:
    case REGISTER_ESR:
        *bits = 0;
        return true;
    case REGISTER_SVR:
        *bits = SETTABLE_SVR;
        return true;
    case REGISTER_ICR:
        *bits = SETTABLE_ICR;
        return true;
    case REGISTER_INITIAL:
        *bits = 0xFFFFFFFF;
        return true;
    case REGISTER_DIVIDE:
        *bits = SETTABLE_DIVIDE;
        return true;
    default:
        return false;
    }
}

static void write_svr(struct sim_apic *apic, uint32_t value)
{
    apic->state.svr = value;
    if ((value & APIC_SVR_ENABLE) == 0) {
        for (unsigned i = 0; i < APIC_LVT_COUNT; i++) {
            apic->state.lvt[i] |= APIC_LVT_MASKED;
        }
    }
    apic_update(apic);
}

static void write_lvt(struct sim_apic *apic, uint32_t entry, uint32_t value)
{
    bool disabled = (apic->state.svr & APIC_SVR_ENABLE) == 0;

    apic->state.lvt[entry] = value | (disabled ? APIC_LVT_MASKED : 0);
}

/*
 * write_register: write a register that exists in both modes, but for ICR.
 * => value: settable bits alone
 */
static void write_register(struct sim_apic *apic, uint32_t number, uint32_t value, uint64_t now)
{
    struct apic_state *state = &apic->state;

    if (number >= REGISTER_LVT && number <= REGISTER_LVT_LAST) {
        write_lvt(apic, number - REGISTER_LVT, value);
        return;
    }
    switch (number) {
    case REGISTER_TPR:
        state->tpr = value;
        apic_update(apic);
        break;
    case REGISTER_EOI:
        apic_end_interrupt(apic);
        break;
    case REGISTER_SVR:
        write_svr(apic, value);
        break;
    case REGISTER_ESR:
        state->errors_shown = state->errors;
        state->errors = 0;
        break;
    case REGISTER_INITIAL:
        apic_timer_start(apic, value, now);
        break;
    case REGISTER_DIVIDE:
        apic_timer_divide(apic, value, now);
        break;
    }
}

static bool is_in_memory(const struct sim_apic *apic)
{
    return sim_apic_enabled(apic) && !apic_is_x2(apic);
}

uint32_t sim_apic_mmio_read(struct sim_apic *apic, uint32_t offset, uint64_t now)
{
    uint32_t number = offset >> 4;
    uint32_t value = 0;

    if (!is_in_memory(apic)) {
        return 0xFFFFFFFF;
    }
    if (offset % 16 != 0) {
        return 0;
    }
    sim_apic_tick(apic, now);
    if (number == REGISTER_ID) {
        return apic_shown_id(apic) << 24;
    }
    if (number == REGISTER_DFR) {
        return apic->state.dfr;
    }
    if (number == REGISTER_ICR_HIGH) {
        return apic->state.destination << 24;
    }
    if (!read_register(apic, number, now, &value) && number != REGISTER_EOI) {
        apic_error(apic, APIC_ERROR_REGISTER);
    }
    return value;
}

void sim_apic_mmio_write(struct sim_apic *apic, uint32_t offset, uint32_t value, uint64_t now)
{
    uint32_t number = offset >> 4;
    uint32_t bits;

    if (!is_in_memory(apic) || offset % 16 != 0) {
        return;
    }
    sim_apic_tick(apic, now);
    if (number == REGISTER_LDR) {
        apic->state.ldr = value & LDR_BITS;
    } else if (number == REGISTER_DFR) {
        apic->state.dfr = value | DFR_FIXED_BITS;
    } else if (number == REGISTER_ICR_HIGH) {
        apic->state.destination = value >> 24;
    } else if (number == REGISTER_ICR) {
        apic->state.command = value & SETTABLE_ICR;
        apic_command(apic, apic->state.destination, apic->state.command);
    } else if (settable(number, &bits)) {
        write_register(apic, number, value & bits, now);
    } else if (!read_register(apic, number, now, &bits) && number != REGISTER_ID) {
        apic_error(apic, APIC_ERROR_REGISTER);
    }
}

/*
 * write_base: move between disabled, xAPIC mode and x2APIC mode.
 * => not from disabled to x2APIC mode, nor from there to xAPIC mode
 */
static bool write_base(struct sim_apic *apic, uint64_t value)
{
    const uint64_t modes = APIC_BASE_ENABLE | APIC_BASE_X2APIC;
    const uint64_t address = ((1ull << SIM_PHYSICAL_BITS) - 1) & ~(uint64_t)(SIM_PAGE - 1);
    uint64_t old = apic->state.base & modes;
    uint64_t new = value & modes;

    if ((value & ~(address | modes | APIC_BASE_BOOT_PROCESSOR)) != 0 || new == APIC_BASE_X2APIC ||
        (old == 0 && new == modes) || (old == modes && new == APIC_BASE_ENABLE)) {
        return false;
    }
    apic->state.base = (value & ~APIC_BASE_BOOT_PROCESSOR) |
                       (apic->state.base & APIC_BASE_BOOT_PROCESSOR);
    if (new == 0 && old != 0) {
        apic_clear(apic);
    }
    apic_update(apic);
    return true;
}

static bool is_x2apic_msr(const struct sim_apic *apic, uint32_t msr)
{
    return msr >= MSR_X2APIC && msr <= MSR_X2APIC_LAST && apic_is_x2(apic);
}

bool sim_apic_msr_read(struct sim_apic *apic, uint32_t msr, uint64_t *value, uint64_t now)
{
    uint32_t low = 0;
    bool exists;

    if (msr == MSR_APIC_BASE) {
        *value = apic->state.base;
        return true;
    }
    if (!is_x2apic_msr(apic, msr)) {
        return false;
    }
    sim_apic_tick(apic, now);
    if (msr - MSR_X2APIC == REGISTER_ID) {
        *value = apic->id;
        return true;
    }
    exists = read_register(apic, msr - MSR_X2APIC, now, &low);
    if (exists) {
        *value = low;
    }
    if (msr - MSR_X2APIC == REGISTER_ICR) {
        *value |= (uint64_t)apic->state.destination << 32;
    }
    return exists;
}

static bool write_icr_msr(struct sim_apic *apic, uint64_t value)
{
    if (((uint32_t)value & ~SETTABLE_ICR) != 0) {
        return false;
    }
    apic->state.command = (uint32_t)value;
    apic->state.destination = (uint32_t)(value >> 32);
    apic_command(apic, apic->state.destination, apic->state.command);
    return true;
}

/*
 * is_allowed: may this be written to the register's MSR?
 * => bits of an LVT entry that are read-only are ignored; all others must not be set
 */
static bool is_allowed(uint32_t number, uint64_t value, uint32_t bits)
{
    uint32_t ignored = 0;

    if (number >= REGISTER_LVT && number <= REGISTER_LVT_LAST) {
        uint32_t entry = number - REGISTER_LVT;

        ignored = DELIVERY_STATUS;
        ignored |= entry == APIC_LVT_LINT0 || entry == APIC_LVT_LINT1 ? REMOTE_IRR : 0;
    }
    return (value & ~(uint64_t)(bits | ignored)) == 0;
}

bool sim_apic_msr_write(struct sim_apic *apic, uint32_t msr, uint64_t value, uint64_t now)
{
    uint32_t number = msr - MSR_X2APIC;
    uint32_t bits;

    if (msr == MSR_APIC_BASE) {
        sim_apic_tick(apic, now);
        return write_base(apic, value);
    }
    if (!is_x2apic_msr(apic, msr)) {
        return false;
    }
    sim_apic_tick(apic, now);
    if (number == REGISTER_SELF && value <= 0xFF) {
        apic_command_self(apic, (uint8_t)value);
        return true;
    }
    if (number == REGISTER_ICR) {
        return write_icr_msr(apic, value);
    }
    if (!settable(number, &bits) || !is_allowed(number, value, bits)) {
        return false;
    }
    write_register(apic, number, (uint32_t)value & bits, now);
    return true;
}
