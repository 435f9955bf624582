/* SPDX-License-Identifier: MIT */
/*
 * device_ioapic.c: the I/O APIC: an index register, a data register, and a
 * redirection table.  No device is connected to its inputs.
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
            *redirection = (*redirection & ~0xFFFFFFFFull) | (value & LOW_BITS);
        }
    }
}
