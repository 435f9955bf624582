/* SPDX-License-Identifier: MIT */
/*
 * device_state.h: the devices, one structure each, and their entry points.
 *
 * A device here is its registers and a function of the time; the one that raises
 * interrupts is the HPET, whose lines lead to the I/O APIC.  What the machine is
 * needed for is in device.c, which also knows who has which port and page.
 */
#pragma once

#include "device_map.h"
#include "sim.h"

/*
 * device_scale: time in ticks as a count of another frequency.
 */
static inline uint64_t device_scale(uint64_t now, uint64_t frequency)
{
    return now / SIM_FREQUENCY * frequency + now % SIM_FREQUENCY * frequency / SIM_FREQUENCY;
}

/* device_hpet.c */
#define HPET_TIMERS 3

struct hpet {
    bool runs;
    uint64_t offset; /* running: count - time; standing: the count; in the counter's ticks */
    uint32_t configuration[HPET_TIMERS];
    uint64_t comparator[HPET_TIMERS];
    bool armed[HPET_TIMERS]; /* the counter has not reached the comparator since that was set */
    uint32_t status;         /* timers, by bit, whose level-triggered interrupt is active */
};

/* hpet_deadline: the next time at which hpet_tick has something to do, UINT64_MAX = never. */
uint64_t hpet_deadline(const struct hpet *hpet);
/* hpet_tick: time has come that far. => lines, by bit, on which there is an edge now */
uint32_t hpet_tick(struct hpet *hpet, uint64_t now);
/* hpet_lines: => lines, by bit, that it holds */
uint32_t hpet_lines(const struct hpet *hpet);

uint64_t hpet_read(const struct hpet *hpet, uint32_t offset, uint64_t now);
void hpet_write(struct hpet *hpet, uint32_t offset, uint64_t mask, uint64_t value, uint64_t now);

/* device_ioapic.c */
#define IOAPIC_ENTRIES 24
#define IOAPIC_LEVEL   0x8000ull /* of a redirection: level-triggered */

struct ioapic {
    uint32_t select, id;
    uint32_t held; /* lines, by bit, that devices hold */
    uint64_t redirection[IOAPIC_ENTRIES];
};

/* ioapic_lines: devices hold these lines now. => entries, by bit, that have seen an edge by that */
uint32_t ioapic_lines(struct ioapic *ioapic, uint32_t held);
/*
 * ioapic_due: edges have come on these lines.
 * => entries, by bit, whose message goes out now: edges, and levels that nobody has been told of
 */
uint32_t ioapic_due(struct ioapic *ioapic, uint32_t edges);
/* ioapic_end: a processor has acknowledged a level-triggered vector. */
void ioapic_end(struct ioapic *ioapic, uint8_t vector);

void ioapic_reset(struct ioapic *ioapic);
uint32_t ioapic_read(const struct ioapic *ioapic, uint32_t offset);
void ioapic_write(struct ioapic *ioapic, uint32_t offset, uint32_t value);

/* device_pit.c */
#define PIT_CHANNELS 3

struct pit_channel {
    uint8_t mode, access;
    uint16_t reload, latched, half; /* half: the low byte of a reload, until the high one comes */
    bool counts;                    /* a reload is complete */
    bool write_high, read_high;     /* of a 16-bit access: the next byte is the high one */
    bool is_latched;
    uint64_t start;                 /* when counting began, as if never held up; PIT's ticks */
    uint64_t held;                  /* while the gate is low: how far it has counted */
};

struct pit {
    struct pit_channel channels[PIT_CHANNELS];
    bool gate, speaker; /* of channel 2, port 0x61 */
};

void pit_reset(struct pit *pit);
uint8_t pit_read(struct pit *pit, uint16_t port, uint64_t now);
void pit_write(struct pit *pit, uint16_t port, uint8_t value, uint64_t now);

/* device_rtc.c */
#define RTC_BYTES 128

struct rtc {
    uint8_t index;
    uint8_t bytes[RTC_BYTES];
};

void rtc_reset(struct rtc *rtc);
uint8_t rtc_read(const struct rtc *rtc, uint64_t now);
void rtc_write(struct rtc *rtc, uint8_t value);

/* device_pic.c: one of the pair of 8259s. */
struct pic {
    uint8_t mask;
    uint8_t words; /* of the initialisation, still to come */
};

void pic_reset(struct pic *pic);
uint8_t pic_read(const struct pic *pic, bool data);
void pic_write(struct pic *pic, bool data, uint8_t value);

/* device_uart.c */
struct uart {
    uint8_t interrupt, fifo, line, modem, scratch;
    uint16_t divisor;
};

void uart_reset(struct uart *uart);
uint8_t uart_read(const struct uart *uart, unsigned number);
/* => true: a byte leaves */
bool uart_write(struct uart *uart, unsigned number, uint8_t value);
