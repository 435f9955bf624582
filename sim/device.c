/* SPDX-License-Identifier: MIT */
/*
 * device.c: who answers at which port and page, and the devices that are a
 * single port: the debug console, the exit port, reset, the PM timer.
 *
 * What nobody answers reads as ones.  A device of bytes that is accessed by
 * more than one byte gets them one by one, at ascending ports.  There is no PCI
 * device: configuration space is an address register and ones.
 */
#include <stdlib.h>

#include "device_state.h"

#define PORT_PIC1         0x20u
#define PORT_PIT          0x40u
#define PORT_PIT_LAST     0x43u
#define PORT_GATE         0x61u
#define PORT_KEYBOARD     0x64u
#define PORT_RTC_INDEX    0x70u
#define PORT_RTC_DATA     0x71u
#define PORT_SYSTEM       0x92u
#define PORT_PIC2         0xA0u
#define PORT_CONSOLE      0xE9u
#define PORT_EXIT         0xF4u
#define PORT_COM1         0x3F8u
#define PORT_COM1_LAST    0x3FFu
#define PORT_PCI_ADDRESS  0xCF8u
#define PORT_RESET        0xCF9u

#define CONSOLE_PRESENT   0xE9u
#define KEYBOARD_IDLE     0x18u
#define KEYBOARD_RESET    0xFEu
#define SYSTEM_A20        0x02u
#define SYSTEM_RESET      0x01u
#define RESET_NOW         0x04u
#define RTC_INDEX_BITS    0x7Fu /* the eighth gates NMIs, of which there is no source */

#define PM_TIMER_FREQUENCY 3579545ull

/* All that a program can change. */
struct device_state {
    struct hpet hpet;
    struct ioapic ioapic;
    struct pit pit;
    struct rtc rtc;
    struct pic pics[2];
    struct uart uart;
    uint32_t pci_address;
    uint8_t reset;
};

struct sim_devices {
    struct sim_machine *machine;
    struct device_state state;
};

struct sim_devices *sim_devices_create(struct sim_machine *machine)
{
    struct sim_devices *devices = calloc(1, sizeof(*devices));

    if (devices == NULL) {
        return NULL;
    }
    devices->machine = machine;
    ioapic_reset(&devices->state.ioapic);
    pit_reset(&devices->state.pit);
    rtc_reset(&devices->state.rtc);
    pic_reset(&devices->state.pics[0]);
    pic_reset(&devices->state.pics[1]);
    uart_reset(&devices->state.uart);
    return devices;
}

void sim_devices_destroy(struct sim_devices *devices)
{
    free(devices);
}

void sim_devices_copy(struct sim_devices *to, const struct sim_devices *from)
{
    to->state = from->state;
}

static void report(struct sim_devices *devices, uint8_t byte)
{
    const struct sim_options *options = sim_options(devices->machine);

    if (options->report != NULL) {
        options->report(options->context, &byte, 1);
    }
}

static uint8_t read_byte(struct sim_devices *devices, uint16_t port, uint64_t now)
{
    struct device_state *state = &devices->state;

    if ((port >= PORT_PIT && port <= PORT_PIT_LAST) || port == PORT_GATE) {
        return pit_read(&state->pit, port, now);
    }
    if (port >= PORT_COM1 && port <= PORT_COM1_LAST) {
        return uart_read(&state->uart, port - PORT_COM1);
    }
    switch (port) {
    case PORT_PIC1:
    case PORT_PIC1 + 1:
        return pic_read(&state->pics[0], port != PORT_PIC1);
    case PORT_PIC2:
    case PORT_PIC2 + 1:
        return pic_read(&state->pics[1], port != PORT_PIC2);
    case PORT_RTC_DATA:
        return rtc_read(&state->rtc, now);
    case PORT_CONSOLE:
        return CONSOLE_PRESENT;
    case PORT_KEYBOARD:
        return KEYBOARD_IDLE;
    case PORT_SYSTEM:
        return SYSTEM_A20;
    case PORT_RESET:
        return state->reset;
    default:
        return 0xFF;
    }
}

/*
 * is_reset: is this one of the three ways to reset a PC?
 */
static bool is_reset(uint16_t port, uint8_t value)
{
    return (port == PORT_KEYBOARD && value == KEYBOARD_RESET) ||
           (port == PORT_SYSTEM && (value & SYSTEM_RESET) != 0) ||
           (port == PORT_RESET && (value & RESET_NOW) != 0);
}

static void write_byte(struct sim_devices *devices, uint16_t port, uint8_t value, uint64_t now)
{
    struct device_state *state = &devices->state;

    if (is_reset(port, value)) {
        sim_stop(devices->machine, SIM_RESET, 0);
    }
    if ((port >= PORT_PIT && port <= PORT_PIT_LAST) || port == PORT_GATE) {
        pit_write(&state->pit, port, value, now);
        return;
    }
    if (port >= PORT_COM1 && port <= PORT_COM1_LAST) {
        if (uart_write(&state->uart, port - PORT_COM1, value)) {
            report(devices, value);
        }
        return;
    }
    switch (port) {
    case PORT_PIC1:
    case PORT_PIC1 + 1:
        pic_write(&state->pics[0], port != PORT_PIC1, value);
        break;
    case PORT_PIC2:
    case PORT_PIC2 + 1:
        pic_write(&state->pics[1], port != PORT_PIC2, value);
        break;
    case PORT_RTC_INDEX:
        state->rtc.index = value & RTC_INDEX_BITS;
        break;
    case PORT_RTC_DATA:
        rtc_write(&state->rtc, value);
        break;
    case PORT_CONSOLE:
        report(devices, value);
        break;
    case PORT_RESET:
        state->reset = value & (uint8_t)~RESET_NOW;
        break;
    }
}

uint32_t sim_port_read(struct sim_devices *devices, uint16_t port, unsigned size, uint64_t now)
{
    uint32_t value = 0;

    if (port == PORT_PCI_ADDRESS && size == 4) {
        return devices->state.pci_address;
    }
    if (port >= SIM_PM_TIMER_PORT && port < SIM_PM_TIMER_PORT + 4) {
        value = (uint32_t)device_scale(now, PM_TIMER_FREQUENCY) >> 8 * (port - SIM_PM_TIMER_PORT);
        return size == 4 ? value : value & ((1u << 8 * size) - 1);
    }
    for (unsigned i = 0; i < size; i++) {
        value |= (uint32_t)read_byte(devices, (uint16_t)(port + i), now) << 8 * i;
    }
    return value;
}

void sim_port_write(struct sim_devices *devices, uint16_t port, unsigned size, uint32_t value,
                    uint64_t now)
{
    if (port == PORT_EXIT) {
        sim_stop(devices->machine, SIM_STOPPED, value);
        return;
    }
    if (port == PORT_PCI_ADDRESS && size == 4) {
        devices->state.pci_address = value;
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        write_byte(devices, (uint16_t)(port + i), (uint8_t)(value >> 8 * i), now);
    }
}

bool sim_is_device(const struct sim_devices *devices, uint64_t physical)
{
    uint64_t page = physical & ~(uint64_t)(SIM_PAGE - 1);

    (void)devices;
    return page == SIM_HPET_BASE || page == SIM_IOAPIC_BASE;
}

/*
 * interrupt: there were edges on these lines; send what the I/O APIC has to send now.
 */
static void interrupt(struct sim_devices *devices, uint32_t edges)
{
    struct ioapic *ioapic = &devices->state.ioapic;
    uint32_t due;

    edges |= ioapic_lines(ioapic, hpet_lines(&devices->state.hpet));
    for (due = ioapic_due(ioapic, edges); due != 0; due &= due - 1) {
        uint64_t entry = ioapic->redirection[__builtin_ctz(due)];

        sim_device_message(devices->machine, (uint8_t)(entry >> 56), (uint32_t)entry & 0xFFF,
                           (entry & IOAPIC_LEVEL) != 0);
    }
}

static uint64_t bits_of(unsigned size)
{
    return size == 8 ? UINT64_MAX : (1ull << 8 * size) - 1;
}

uint64_t sim_device_read(struct sim_devices *devices, uint64_t physical, unsigned size,
                         uint64_t now)
{
    uint32_t offset = physical & (SIM_PAGE - 1);
    uint64_t value;

    if (physical - offset == SIM_IOAPIC_BASE) {
        value = ioapic_read(&devices->state.ioapic, offset);
    } else {
        value = hpet_read(&devices->state.hpet, offset & ~7u, now) >> 8 * (offset & 7);
    }
    return value & bits_of(size);
}

void sim_device_write(struct sim_devices *devices, uint64_t physical, unsigned size,
                      uint64_t value, uint64_t now)
{
    uint32_t offset = physical & (SIM_PAGE - 1);

    if (physical - offset == SIM_IOAPIC_BASE) {
        ioapic_write(&devices->state.ioapic, offset, (uint32_t)value);
    } else {
        unsigned shift = 8 * (offset & 7);

        hpet_write(&devices->state.hpet, offset & ~7u, bits_of(size) << shift, value << shift,
                   now);
    }
    interrupt(devices, 0);
}

uint64_t sim_devices_deadline(const struct sim_devices *devices)
{
    return hpet_deadline(&devices->state.hpet);
}

void sim_devices_tick(struct sim_devices *devices, uint64_t now)
{
    interrupt(devices, hpet_tick(&devices->state.hpet, now));
}

void sim_devices_end(struct sim_devices *devices, uint8_t vector)
{
    ioapic_end(&devices->state.ioapic, vector);
    interrupt(devices, 0);
}
