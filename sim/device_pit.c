/* SPDX-License-Identifier: MIT */
/*
 * device_pit.c: the 8254: three channels that count down from a reload value at
 * 1.193182 MHz, and port 0x61 with channel 2's gate and output.
 *
 * Modes 0, 2 and 3 are what PCs use; 1, 4 and 5 count like mode 0, binary.  A
 * count follows from the time since it began: nothing is kept up to date.
 * Reference: Intel, "82C54 CHMOS Programmable Interval Timer".
 */
#include "device_state.h"

#include <string.h>

#define PIT_FREQUENCY 1193182ull

#define PORT_COMMAND 0x43u
#define PORT_GATE    0x61u

#define GATE_ON      0x01u
#define GATE_SPEAKER 0x02u
#define GATE_REFRESH 0x10u
#define GATE_OUTPUT  0x20u

enum access {
    ACCESS_LATCH,
    ACCESS_LOW,
    ACCESS_HIGH,
    ACCESS_BOTH,
};

#define GATED_CHANNEL     2u
#define READ_BACK_CHANNEL 3u
#define READ_BACK_NO_COUNT 0x20u

void pit_reset(struct pit *pit)
{
    memset(pit, 0, sizeof(*pit));
    for (unsigned i = 0; i < PIT_CHANNELS; i++) {
        pit->channels[i].access = ACCESS_BOTH;
    }
}

static bool is_gated_off(const struct pit *pit, unsigned channel)
{
    return channel == GATED_CHANNEL && !pit->gate;
}

/*
 * elapsed: how many times the channel has counted since its reload.
 */
static uint64_t elapsed(const struct pit *pit, unsigned number, uint64_t now)
{
    const struct pit_channel *channel = &pit->channels[number];

    if (!channel->counts) {
        return 0;
    }
    return is_gated_off(pit, number) ? channel->held
                                     : device_scale(now, PIT_FREQUENCY) - channel->start;
}

static bool is_periodic(const struct pit_channel *channel)
{
    return channel->mode == 2 || channel->mode == 3;
}

static uint64_t period(const struct pit_channel *channel)
{
    return channel->reload == 0 ? 0x10000 : channel->reload;
}

static uint16_t count(const struct pit *pit, unsigned number, uint64_t now)
{
    const struct pit_channel *channel = &pit->channels[number];
    uint64_t passed = elapsed(pit, number, now);

    if (!is_periodic(channel)) {
        return (uint16_t)(channel->reload - passed);
    }
    /* Mode 3 counts by two, twice a period. */
    passed = (channel->mode == 3 ? 2 * passed : passed) % period(channel);
    return (uint16_t)(period(channel) - passed);
}

static bool output(const struct pit *pit, unsigned number, uint64_t now)
{
    const struct pit_channel *channel = &pit->channels[number];
    uint64_t passed = elapsed(pit, number, now);

    if (!is_periodic(channel)) {
        return channel->counts && passed >= period(channel);
    }
    passed %= period(channel);
    return channel->mode == 3 ? passed < (period(channel) + 1) / 2 : passed != period(channel) - 1;
}

static void load(struct pit_channel *channel, uint16_t reload, uint64_t now)
{
    channel->reload = reload;
    channel->counts = true;
    channel->start = device_scale(now, PIT_FREQUENCY);
    channel->held = 0;
}

static void write_count(struct pit_channel *channel, uint8_t value, uint64_t now)
{
    if (channel->access == ACCESS_LOW) {
        load(channel, value, now);
    } else if (channel->access == ACCESS_HIGH) {
        load(channel, (uint16_t)(value << 8), now);
    } else if (channel->write_high) {
        channel->write_high = false;
        load(channel, (uint16_t)(channel->half | value << 8), now);
    } else {
        channel->write_high = true;
        channel->half = value;
    }
}

static uint8_t read_count(struct pit *pit, unsigned number, uint64_t now)
{
    struct pit_channel *channel = &pit->channels[number];
    uint16_t value = channel->is_latched ? channel->latched : count(pit, number, now);
    bool high = channel->access == ACCESS_HIGH;

    if (channel->access == ACCESS_BOTH) {
        high = channel->read_high;
        channel->read_high = !high;
    }
    if (high || channel->access == ACCESS_LOW) {
        channel->is_latched = false;
    }
    return (uint8_t)(high ? value >> 8 : value);
}

static void latch(struct pit *pit, unsigned number, uint64_t now)
{
    struct pit_channel *channel = &pit->channels[number];

    if (!channel->is_latched) {
        channel->latched = count(pit, number, now);
        channel->is_latched = true;
    }
}

static void command(struct pit *pit, uint8_t value, uint64_t now)
{
    unsigned number = value >> 6;
    unsigned access = value >> 4 & 3;

    if (number == READ_BACK_CHANNEL) {
        for (unsigned i = 0; i < PIT_CHANNELS; i++) {
            if ((value & READ_BACK_NO_COUNT) == 0 && (value >> (i + 1) & 1) != 0) {
                latch(pit, i, now);
            }
        }
    } else if (access == ACCESS_LATCH) {
        latch(pit, number, now);
    } else {
        /* Modes 6 and 7 are 2 and 3. */
        uint8_t mode = value >> 1 & 7;

        pit->channels[number] =
            (struct pit_channel){.mode = mode > 5 ? mode - 4 : mode, .access = (uint8_t)access};
    }
}

static void set_gate(struct pit *pit, bool gate, uint64_t now)
{
    struct pit_channel *channel = &pit->channels[GATED_CHANNEL];
    uint64_t passed = elapsed(pit, GATED_CHANNEL, now);

    if (gate == pit->gate) {
        return;
    }
    pit->gate = gate;
    /* Where counting is periodic a rising gate begins it anew. */
    channel->held = passed;
    channel->start =
        device_scale(now, PIT_FREQUENCY) - (gate && is_periodic(channel) ? 0 : passed);
}

uint8_t pit_read(struct pit *pit, uint16_t port, uint64_t now)
{
    if (port == PORT_GATE) {
        return (uint8_t)((pit->gate ? GATE_ON : 0) | (pit->speaker ? GATE_SPEAKER : 0) |
                         (output(pit, GATED_CHANNEL, now) ? GATE_OUTPUT : 0) |
                         (device_scale(now, PIT_FREQUENCY) / 18 % 2 != 0 ? GATE_REFRESH : 0));
    }
    return port == PORT_COMMAND ? 0xFF : read_count(pit, port & 3, now);
}

void pit_write(struct pit *pit, uint16_t port, uint8_t value, uint64_t now)
{
    if (port == PORT_GATE) {
        pit->speaker = (value & GATE_SPEAKER) != 0;
        set_gate(pit, (value & GATE_ON) != 0, now);
    } else if (port == PORT_COMMAND) {
        command(pit, value, now);
    } else {
        write_count(&pit->channels[port & 3], value, now);
    }
}
