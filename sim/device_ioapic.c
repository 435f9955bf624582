/* SPDX-License-Identifier: MIT */
/*
 * device_ioapic.c: the I/O APIC: an index register, a data register, and a
 * redirection table.  A line is high or low; polarity is taken as it is programmed.
 *
 * An entry that is masked forgets edges.  A level-triggered one sends a message
 * while its line is held and no message of its is unacknowledged (remote IRR).
 * Reference: Intel, "82093AA I/O Advanced Programmable Interrupt Controller".
 */
#include "device_state.h"

#include <string.h>

#define WINDOW 0x10u

enum {
    IOAPIC_ID = 0x00,
    IOAPIC_VERSION = 0x01,
    IOAPIC_ARBITRATION = 0x02,
    IOAPIC_REDIRECTION = 0x10,
};

#define VERSION  (0x20u | (IOAPIC_ENTRIES - 1) << 16)
#define ID_BITS  0x0F000000u
#define MASKED   0x10000ull
#define REMOTE   0x4000ull
#define LOW_BITS 0x1AFFFull /* delivery status and remote IRR are read-only */
#define HIGH_BITS 0xFF000000ull

void ioapic_reset(struct ioapic *ioapic)
{
    memset(ioapic, 0, sizeof(*ioapic));
    for (unsigned i = 0; i < IOAPIC_ENTRIES; i++) {
        ioapic->redirection[i] = MASKED;
    }
}

uint32_t ioapic_read(const struct ioapic *ioapic, uint32_t offset)
{
    uint32_t entry = (ioapic->select - IOAPIC_REDIRECTION) / 2;

    if (offset == 0) {
        return ioapic->select;
    }
    if (offset != WINDOW) {
        return 0;
    }
    if (ioapic->select >= IOAPIC_REDIRECTION && entry < IOAPIC_ENTRIES) {
        return (uint32_t)(ioapic->redirection[entry] >> 32 * (ioapic->select & 1));
    }
    switch (ioapic->select) {
    case IOAPIC_ID:
    case IOAPIC_ARBITRATION:
        return ioapic->id;
    case IOAPIC_VERSION:
        return VERSION;
    default:
        return 0;
    }
}

void ioapic_write(struct ioapic *ioapic, uint32_t offset, uint32_t value)
{
    uint32_t entry = (ioapic->select - IOAPIC_REDIRECTION) / 2;

    if (offset == 0) {
        ioapic->select = value & 0xFF;
    } else if (offset == WINDOW && ioapic->select == IOAPIC_ID) {
        ioapic->id = value & ID_BITS;
    } else if (offset == WINDOW && ioapic->select >= IOAPIC_REDIRECTION &&
               entry < IOAPIC_ENTRIES) {
        uint64_t *redirection = &ioapic->redirection[entry];

        if ((ioapic->select & 1) != 0) {
            *redirection = (uint32_t)*redirection | (value & HIGH_BITS) << 32;
        } else {
            *redirection = (*redirection & ~(uint64_t)LOW_BITS) | (value & LOW_BITS);
            if ((value & IOAPIC_LEVEL) == 0) {
                *redirection &= ~REMOTE;
            }
        }
    }
}

uint32_t ioapic_lines(struct ioapic *ioapic, uint32_t held)
{
    uint32_t risen = held & ~ioapic->held;

    ioapic->held = held;
    return risen;
}

/*
 * is_due: does an entry send a message, now that its line is held, or has had an edge?
 */
static bool is_due(uint64_t entry, bool held, bool edge)
{
    if ((entry & MASKED) != 0) {
        return false;
    }
    return (entry & IOAPIC_LEVEL) == 0 ? edge : (held || edge) && (entry & REMOTE) == 0;
}

uint32_t ioapic_due(struct ioapic *ioapic, uint32_t edges)
{
    uint32_t entries = 0;

    for (unsigned i = 0; i < IOAPIC_ENTRIES; i++) {
        uint64_t *entry = &ioapic->redirection[i];

        if (is_due(*entry, (ioapic->held >> i & 1) != 0, (edges >> i & 1) != 0)) {
            *entry |= (*entry & IOAPIC_LEVEL) != 0 ? REMOTE : 0;
            entries |= 1u << i;
        }
    }
    return entries;
}

void ioapic_end(struct ioapic *ioapic, uint8_t vector)
{
    for (unsigned i = 0; i < IOAPIC_ENTRIES; i++) {
        if ((ioapic->redirection[i] & IOAPIC_LEVEL) != 0 && (ioapic->redirection[i] & 0xFF) == vector) {
            ioapic->redirection[i] &= ~REMOTE;
        }
    }
}
