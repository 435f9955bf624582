/* SPDX-License-Identifier: MIT */
/*
 * apic_send.c: the interrupt command register: who is meant, and what is sent.
 *
 * A vector to the sender itself is there at once; everything else is handed to
 * the machine, which decides when it arrives.  Sending is over as soon as it has
 * begun: the delivery status is always idle.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Issuing
 * Interprocessor Interrupts".
 */
#include "apic_state.h"

#define COMMAND_LOGICAL 0x0800u
#define COMMAND_ASSERT  0x4000u

enum delivery_mode {
    MODE_FIXED = 0,
    MODE_LOWEST = 1,
    MODE_NMI = 4,
    MODE_INIT = 5,
    MODE_STARTUP = 6,
};

enum shorthand {
    SHORTHAND_NONE,
    SHORTHAND_SELF,
    SHORTHAND_ALL,
    SHORTHAND_OTHERS,
};

static enum delivery_mode mode_of(uint32_t command)
{
    return command >> 8 & 7;
}

static enum shorthand shorthand_of(uint32_t command)
{
    return command >> 18 & 3;
}

static bool matches_physical(const struct sim_apic *from, const struct sim_apic *to,
                             uint32_t destination)
{
    return destination == (apic_is_x2(from) ? APIC_ALL_32 : APIC_ALL_8) ||
           destination == apic_shown_id(to);
}

/*
 * matches_logical: flat and cluster model of xAPIC mode, and x2APIC mode's clusters.
 */
static bool matches_logical(const struct sim_apic *from, const struct sim_apic *to,
                            uint32_t destination)
{
    uint32_t logical = apic_logical_id(to);

    if (destination == (apic_is_x2(from) ? APIC_ALL_32 : APIC_ALL_8)) {
        return true;
    }
    if (apic_is_x2(to)) {
        return destination >> 16 == logical >> 16 && (destination & logical & 0xFFFF) != 0;
    }
    logical >>= 24;
    if (to->state.dfr >> 28 == 0xF) {
        return destination <= 0xFF && (destination & logical) != 0;
    }
    return destination <= 0xFF && (destination >> 4 == logical >> 4 || destination >> 4 == 0xF) &&
           (destination & logical & 0xF) != 0;
}

static bool is_meant(const struct sim_apic *from, const struct sim_apic *to, uint32_t destination,
                     uint32_t command)
{
    if (!sim_apic_enabled(to)) {
        return false;
    }
    switch (shorthand_of(command)) {
    case SHORTHAND_SELF:
        return to == from;
    case SHORTHAND_ALL:
        return true;
    case SHORTHAND_OTHERS:
        return to != from;
    default:
        return (command & COMMAND_LOGICAL) != 0 ? matches_logical(from, to, destination)
                                                : matches_physical(from, to, destination);
    }
}

/*
 * is_valid: does the processor define this combination?  INIT without assert does nothing.
 */
static bool is_valid(uint32_t command)
{
    enum shorthand shorthand = shorthand_of(command);
    bool includes_self = shorthand == SHORTHAND_SELF || shorthand == SHORTHAND_ALL;

    switch (mode_of(command)) {
    case MODE_FIXED:
        return true;
    case MODE_LOWEST:
    case MODE_NMI:
    case MODE_STARTUP:
        return !includes_self;
    case MODE_INIT:
        return !includes_self && (command & COMMAND_ASSERT) != 0;
    default:
        return false;
    }
}

static void deliver(struct sim_apic *from, struct sim_apic *to, uint32_t command)
{
    static const enum sim_signal signals[] = {
        [MODE_FIXED] = SIM_SIGNAL_INTERRUPT,
        [MODE_LOWEST] = SIM_SIGNAL_INTERRUPT,
        [MODE_NMI] = SIM_SIGNAL_NMI,
        [MODE_INIT] = SIM_SIGNAL_INIT,
        [MODE_STARTUP] = SIM_SIGNAL_STARTUP,
    };
    enum sim_signal signal = signals[mode_of(command)];

    if (from == to && signal == SIM_SIGNAL_INTERRUPT) {
        sim_apic_accept(to, (uint8_t)command);
    } else {
        from->send(from->context, from->index, to->index, signal, (uint8_t)command);
    }
}

/*
 * lowest_of: of those that are meant, the one with the lowest priority; the first of equals.
 */
static struct sim_apic *lowest_of(struct sim_apic *from, uint32_t destination, uint32_t command)
{
    struct sim_apic *lowest = NULL;

    for (unsigned i = 0; i < from->count; i++) {
        struct sim_apic *to = from->all[i];

        if (is_meant(from, to, destination, command) &&
            (lowest == NULL || apic_processor_priority(to) < apic_processor_priority(lowest))) {
            lowest = to;
        }
    }
    return lowest;
}

void apic_command(struct sim_apic *apic, uint32_t destination, uint32_t command)
{
    enum delivery_mode mode = mode_of(command);

    if (!is_valid(command)) {
        return;
    }
    if ((mode == MODE_FIXED || mode == MODE_LOWEST) && (command & 0xFF) < APIC_FIRST_VECTOR) {
        apic_error(apic, APIC_ERROR_SEND_VECTOR);
        return;
    }
    if (mode == MODE_LOWEST) {
        struct sim_apic *lowest = lowest_of(apic, destination, command);

        if (lowest != NULL) {
            deliver(apic, lowest, command);
        }
        return;
    }
    for (unsigned i = 0; i < apic->count; i++) {
        if (is_meant(apic, apic->all[i], destination, command)) {
            deliver(apic, apic->all[i], command);
        }
    }
}

/*
 * is_addressed: does a device's message mean this one?
 */
static bool is_addressed(const struct sim_apic *apic, uint8_t destination, uint32_t command)
{
    if (!sim_apic_enabled(apic)) {
        return false;
    }
    if ((command & COMMAND_LOGICAL) != 0) {
        return matches_logical(apic, apic, destination);
    }
    return destination == APIC_ALL_8 || destination == apic_shown_id(apic);
}

void sim_apic_message(struct sim_apic *const *all, unsigned count, uint8_t destination,
                      uint32_t command, bool level, sim_apic_send *send, void *context)
{
    const enum sim_signal signal = level ? SIM_SIGNAL_LEVEL : SIM_SIGNAL_INTERRUPT;
    const struct sim_apic *lowest = NULL;

    if (mode_of(command) != MODE_FIXED && mode_of(command) != MODE_LOWEST) {
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!is_addressed(all[i], destination, command)) {
            continue;
        }
        if (mode_of(command) == MODE_FIXED) {
            send(context, SIM_DEVICES, i, signal, (uint8_t)command);
        } else if (lowest == NULL ||
                   apic_processor_priority(all[i]) < apic_processor_priority(lowest)) {
            lowest = all[i];
        }
    }
    if (lowest != NULL) {
        send(context, SIM_DEVICES, lowest->index, signal, (uint8_t)command);
    }
}

void apic_command_self(struct sim_apic *apic, uint8_t vector)
{
    if (vector < APIC_FIRST_VECTOR) {
        apic_error(apic, APIC_ERROR_SEND_VECTOR);
    } else {
        sim_apic_accept(apic, vector);
    }
}
