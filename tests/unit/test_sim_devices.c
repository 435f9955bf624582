/* SPDX-License-Identifier: MIT */
/*
 * test_sim_devices.c: the simulator's devices, as the HAL uses them, and the
 * ACPI tables by which it finds them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/device_map.h"
#include "sim/sim.h"

#define SECOND ((uint64_t)SIM_FREQUENCY)
#define MEMORY 0x200000ull

/* As much of the machine as devices and tables need. */
struct sim_machine {
    struct sim_options options;
    enum sim_end end;
    uint32_t status;
    unsigned stops;
    uint8_t reported[64];
    size_t reported_count;
    uint32_t messages[8]; /* the destination in the upper byte, a level in bit 16, the command */
    unsigned message_count;
    uint8_t *ram;
    struct sim_devices *devices;
};

static struct sim_machine machine;

const struct sim_options *sim_options(const struct sim_machine *of)
{
    return &of->options;
}

void sim_stop(struct sim_machine *of, enum sim_end end, uint32_t status)
{
    of->end = end;
    of->status = status;
    of->stops++;
}

void sim_device_message(struct sim_machine *of, uint8_t destination, uint32_t command, bool level)
{
    assert_true(of->message_count < 8);
    of->messages[of->message_count++] =
        (uint32_t)destination << 24 | (level ? 0x10000u : 0) | command;
}

void *sim_ram(struct sim_machine *of, uint64_t physical, size_t length)
{
    return length <= MEMORY && physical <= MEMORY - length ? of->ram + physical : NULL;
}

static void report(void *context, const uint8_t *bytes, size_t length)
{
    struct sim_machine *of = context;

    assert_true(of->reported_count + length <= sizeof(of->reported));
    memcpy(of->reported + of->reported_count, bytes, length);
    of->reported_count += length;
}

static int setup(void **state)
{
    (void)state;
    machine = (struct sim_machine){
        .options = {.processors = 4, .report = report, .context = &machine}};
    machine.devices = sim_devices_create(&machine);
    machine.ram = calloc(1, MEMORY);
    return machine.devices == NULL || machine.ram == NULL;
}

static int teardown(void **state)
{
    (void)state;
    sim_devices_destroy(machine.devices);
    free(machine.ram);
    return 0;
}

static uint8_t in(uint16_t port, uint64_t now)
{
    return (uint8_t)sim_port_read(machine.devices, port, 1, now);
}

static void out(uint16_t port, uint8_t value, uint64_t now)
{
    sim_port_write(machine.devices, port, 1, value, now);
}

static void nobody_answers_with_ones(void **state)
{
    (void)state;
    assert_int_equal(sim_port_read(machine.devices, 0x80, 1, 0), 0xFF);
    assert_int_equal(sim_port_read(machine.devices, 0x1234, 2, 0), 0xFFFF);
    assert_int_equal(sim_port_read(machine.devices, 0x1234, 4, 0), 0xFFFFFFFF);
    assert_int_equal(sim_port_read(machine.devices, 0xFFFF, 4, 0) >> 8 & 0xFF, 0xFF);
    sim_port_write(machine.devices, 0xCF8, 4, 0x80001000, 0);
    assert_int_equal(sim_port_read(machine.devices, 0xCF8, 4, 0), 0x80001000);
    assert_int_equal(sim_port_read(machine.devices, 0xCFC, 4, 0), 0xFFFFFFFF);
    assert_int_equal(machine.stops, 0);
}

static void the_console_reports(void **state)
{
    (void)state;
    assert_int_equal(in(0xE9, 0), 0xE9);
    out(0xE9, 'a', 0);
    out(0xE9, 'b', 0);
    assert_int_equal(machine.reported_count, 2);
    assert_memory_equal(machine.reported, "ab", 2);
}

static void the_serial_port_reports(void **state)
{
    (void)state;
    out(0x3FF, 0x5A, 0);
    assert_int_equal(in(0x3FF, 0), 0x5A);
    out(0x3FB, 0x83, 0);
    out(0x3F8, 1, 0);
    out(0x3F9, 0, 0);
    assert_int_equal(in(0x3F8, 0), 1);
    out(0x3FB, 0x03, 0);
    out(0x3FA, 0x07, 0);
    assert_int_equal(in(0x3FA, 0) & 0xC0, 0xC0);
    assert_int_equal(machine.reported_count, 0);
    assert_int_equal(in(0x3FD, 0) & 0x60, 0x60);
    out(0x3F8, 'c', 0);
    assert_int_equal(machine.reported_count, 1);
    assert_int_equal(machine.reported[0], 'c');
    out(0x3FC, 0x10, 0);
    out(0x3F8, 'd', 0);
    assert_int_equal(machine.reported_count, 1);
}

static void ports_that_end_the_machine(void **state)
{
    static const struct {
        uint16_t port;
        unsigned size;
        uint32_t value;
        enum sim_end end;
    } ends[] = {
        {0xF4, 4, 0x12345, SIM_STOPPED}, {0xF4, 1, 3, SIM_STOPPED}, {0xCF9, 1, 6, SIM_RESET},
        {0x64, 1, 0xFE, SIM_RESET},      {0x92, 1, 1, SIM_RESET},
    };

    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        teardown(state);
        setup(state);
        sim_port_write(machine.devices, ends[i].port, ends[i].size, ends[i].value, 0);
        assert_int_equal(machine.stops, 1);
        assert_int_equal(machine.end, ends[i].end);
        assert_int_equal(machine.status, ends[i].end == SIM_STOPPED ? ends[i].value : 0);
    }
    out(0xCF9, 2, 0);
    out(0x64, 0xD1, 0);
    out(0x92, 2, 0);
    assert_int_equal(machine.stops, 1);
}

static uint64_t hpet(uint32_t offset, unsigned size, uint64_t now)
{
    return sim_device_read(machine.devices, SIM_HPET_BASE + offset, size, now);
}

static void the_hpet_counts_when_it_runs(void **state)
{
    uint64_t period = hpet(4, 4, 0);

    (void)state;
    assert_int_equal(1000000000000000ull / period, SIM_FREQUENCY);
    assert_int_equal(hpet(0xF0, 8, 5000), 0);
    sim_device_write(machine.devices, SIM_HPET_BASE + 0x10, 4, 1, 1000);
    assert_int_equal(hpet(0x10, 4, 1000), 1);
    assert_int_equal(hpet(0xF0, 8, 5000), 4000);
    assert_int_equal(hpet(0xF0, 4, 0x100000000ull + 1000), 0);
    assert_int_equal(hpet(0xF4, 4, 0x100000000ull + 1000), 1);
    sim_device_write(machine.devices, SIM_HPET_BASE + 0xF0, 8, 7, 6000);
    assert_int_equal(hpet(0xF0, 8, 6000), 5000);
    sim_device_write(machine.devices, SIM_HPET_BASE + 0x10, 4, 0, 6000);
    assert_int_equal(hpet(0xF0, 8, 9000), 5000);
    sim_device_write(machine.devices, SIM_HPET_BASE + 0xF4, 4, 2, 9000);
    assert_int_equal(hpet(0xF0, 8, 9000), 0x200001388ull);
    sim_device_write(machine.devices, SIM_HPET_BASE + 0x108, 8, 0x1122334455667788ull, 0);
    assert_int_equal(hpet(0x108, 8, 0), 0x1122334455667788ull);
    assert_int_equal(hpet(0x10A, 1, 0), 0x66);
}

static void the_pm_timer_runs_at_3579545_hz(void **state)
{
    (void)state;
    assert_int_equal(sim_port_read(machine.devices, SIM_PM_TIMER_PORT, 4, 0), 0);
    assert_int_equal(sim_port_read(machine.devices, SIM_PM_TIMER_PORT, 4, SECOND), 3579545);
    assert_int_equal(sim_port_read(machine.devices, SIM_PM_TIMER_PORT, 4, SECOND / 2), 1789772);
    assert_int_equal(sim_port_read(machine.devices, SIM_PM_TIMER_PORT + 1, 1, SECOND),
                     3579545 >> 8 & 0xFF);
    /* 32 bits, then it wraps. */
    assert_int_equal(sim_port_read(machine.devices, SIM_PM_TIMER_PORT, 4, 1200 * SECOND),
                     (uint32_t)(1200ull * 3579545));
}

/*
 * pit_count: latch and read channel 2, as the HAL does.
 */
static unsigned pit_count(uint64_t now)
{
    unsigned low;

    out(0x43, 0x80, now);
    low = in(0x42, now + SECOND);
    return low | (unsigned)in(0x42, now + SECOND) << 8;
}

static void channel_2_counts_down_once(void **state)
{
    (void)state;
    out(0x61, (in(0x61, 0) & 0xFC) | 1, 0);
    out(0x43, 0xB0, 0);
    out(0x42, 0xFF, 0);
    out(0x42, 0xFF, 0);
    assert_int_equal(pit_count(0), 0xFFFF);
    assert_int_equal(pit_count(SECOND / 50), 0xFFFF - 1193182 / 50);
    assert_int_equal(in(0x61, SECOND / 50) & 0x20, 0);
    assert_int_equal(in(0x61, SECOND / 10) & 0x20, 0x20);
    assert_int_equal(pit_count(SECOND / 10), (0xFFFF - 1193182 / 10) & 0xFFFF);
    out(0x61, 0, SECOND / 10);
    assert_int_equal(pit_count(SECOND), (0xFFFF - 1193182 / 10) & 0xFFFF);
    out(0x61, 1, SECOND);
    assert_int_equal(pit_count(SECOND + SECOND / 100), (0xFFFF - 1193182 / 10 - 11931) & 0xFFFF);
}

static void channel_2_counts_periodically(void **state)
{
    (void)state;
    out(0x61, 1, 0);
    out(0x43, 0xB4, 0);
    out(0x42, 0xE8, 0);
    out(0x42, 0x03, 0);
    assert_int_equal(pit_count(0), 1000);
    /* 1,193,182 counts are 1,193 periods and 182. */
    assert_int_equal(pit_count(SECOND), 1000 - 182);
    out(0x43, 0xB6, 0);
    out(0x42, 0xE8, 0);
    out(0x42, 0x03, 0);
    assert_int_equal(pit_count(SECOND), 1000 - 2 * 182);
    assert_int_equal(in(0x61, SECOND) & 0x20, 0x20);
    assert_int_equal(in(0x61, SECOND + SECOND / 2000) & 0x20, 0);
}

static uint8_t cmos(uint8_t index, uint64_t now)
{
    out(0x70, index, now);
    return in(0x71, now);
}

static void check_date(uint64_t seconds, const char *expected)
{
    char text[32];
    uint64_t now = seconds * SECOND;

    snprintf(text, sizeof(text), "%02x%02x-%02x-%02x %02x:%02x:%02x %x", cmos(0x32, now),
             cmos(9, now), cmos(8, now), cmos(7, now), cmos(4, now), cmos(2, now), cmos(0, now),
             cmos(6, now));
    assert_string_equal(text, expected);
}

static void the_clock_begins_in_2026(void **state)
{
    (void)state;
    assert_int_equal(cmos(0x0A, 0) & 0x80, 0);
    assert_int_equal(cmos(0x0B, 0) & 6, 2);
    assert_int_equal(cmos(0x0D, 0), 0x80);
    check_date(0, "2026-01-01 00:00:00 5");
    check_date(86399, "2026-01-01 23:59:59 5");
    check_date(59 * 86400ull, "2026-03-01 00:00:00 1");
    check_date(790 * 86400ull, "2028-03-01 00:00:00 4");
    check_date(364 * 86400ull + 45296, "2026-12-31 12:34:56 5");
    out(0x70, 9, 0);
    out(0x71, 0x99, 0);
    out(0x70, 0x50, 0);
    out(0x71, 0x12, 0);
    assert_int_equal(cmos(9, 0), 0x26);
    assert_int_equal(cmos(0x50, 0), 0x12);
}

static void the_8259s_are_masked(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        uint16_t port = i == 0 ? 0x20 : 0xA0;

        assert_int_equal(in(port + 1, 0), 0xFF);
        out(port, 0x11, 0);
        out(port + 1, 0x20, 0);
        out(port + 1, 0x04, 0);
        out(port + 1, 0x01, 0);
        assert_int_equal(in(port + 1, 0), 0);
        out(port + 1, 0xFB, 0);
        assert_int_equal(in(port + 1, 0), 0xFB);
        assert_int_equal(in(port, 0), 0);
    }
}

static uint32_t ioapic(uint32_t number)
{
    sim_device_write(machine.devices, SIM_IOAPIC_BASE, 4, number, 0);
    return (uint32_t)sim_device_read(machine.devices, SIM_IOAPIC_BASE + 0x10, 4, 0);
}

static void the_io_apic_is_masked(void **state)
{
    uint32_t last = ioapic(1) >> 16 & 0xFF;

    (void)state;
    assert_int_equal(last, 23);
    for (uint32_t i = 0; i <= last; i++) {
        assert_int_equal(ioapic(0x10 + 2 * i), 0x10000);
        assert_int_equal(ioapic(0x11 + 2 * i), 0);
    }
    ioapic(0x12);
    sim_device_write(machine.devices, SIM_IOAPIC_BASE + 0x10, 4, 0xFFFFFFFF, 0);
    ioapic(0x13);
    sim_device_write(machine.devices, SIM_IOAPIC_BASE + 0x10, 4, 0xFFFFFFFF, 0);
    assert_int_equal(ioapic(0x12), 0x1AFFF);
    assert_int_equal(ioapic(0x13), 0xFF000000);
    assert_int_equal(ioapic(0x40), 0);
    assert_int_equal(ioapic(0xFF), 0);
}

static void route(unsigned line, uint32_t low, uint8_t destination)
{
    ioapic(0x11 + 2 * line);
    sim_device_write(machine.devices, SIM_IOAPIC_BASE + 0x10, 4, (uint32_t)destination << 24, 0);
    ioapic(0x10 + 2 * line);
    sim_device_write(machine.devices, SIM_IOAPIC_BASE + 0x10, 4, low, 0);
}

static void set(uint32_t offset, uint64_t value, uint64_t now)
{
    sim_device_write(machine.devices, SIM_HPET_BASE + offset, 8, value, now);
}

/* expect: one message has been sent since the last look, or none (0). */
static void expect(uint32_t message)
{
    assert_int_equal(machine.message_count, message != 0);
    assert_int_equal(machine.message_count != 0 ? machine.messages[0] : 0, message);
    machine.message_count = 0;
}

static void a_comparator_interrupts_once_at_an_edge(void **state)
{
    (void)state;
    assert_int_equal(hpet(0x104, 4, 0), 0x00FF0104);
    set(0x100, 16 << 9 | 4, 0);
    assert_int_equal(hpet(0x100, 4, 0), 0x20 | 16 << 9 | 4);
    set(0x100, 17 << 9 | 31 << 9 | 4, 0); /* no such line: the old one stays */
    assert_int_equal(hpet(0x100, 4, 0), 0x20 | 16 << 9 | 4);
    assert_int_equal(sim_devices_deadline(machine.devices), UINT64_MAX);
    set(0x108, 5000, 0);
    assert_int_equal(sim_devices_deadline(machine.devices), UINT64_MAX);
    set(0x010, 1, 1000);
    assert_int_equal(sim_devices_deadline(machine.devices), 6000);

    route(16, 0x55, 3);
    sim_devices_tick(machine.devices, 5999);
    expect(0);
    sim_devices_tick(machine.devices, 6000);
    expect(0x03000055);
    assert_int_equal(sim_devices_deadline(machine.devices), UINT64_MAX);
    sim_devices_tick(machine.devices, 7000);
    expect(0);
    assert_int_equal(hpet(0x020, 4, 7000), 0);

    set(0x108, 10, 7000); /* has passed: at once */
    assert_true(sim_devices_deadline(machine.devices) <= 7000);
    sim_devices_tick(machine.devices, 7000);
    expect(0x03000055);

    route(16, 0x10055, 3); /* masked: forgotten */
    set(0x108, 10, 7000);
    sim_devices_tick(machine.devices, 7000);
    route(16, 0x55, 3);
    expect(0);

    set(0x100, 16 << 9, 7000); /* not enabled: forgotten */
    set(0x108, 10, 7000);
    sim_devices_tick(machine.devices, 7000);
    set(0x100, 16 << 9 | 4, 7000);
    expect(0);
}

static void a_level_is_held_until_it_is_cleared(void **state)
{
    (void)state;
    set(0x120, 20 << 9 | 6, 0);
    set(0x140, 20 << 9 | 6, 0);
    set(0x010, 1, 0);
    set(0x128, 100, 0);
    set(0x148, 200, 0);
    sim_devices_tick(machine.devices, 100);
    expect(0); /* masked still */
    assert_int_equal(hpet(0x020, 4, 0), 2);
    route(20, 0x18041, 1);
    expect(0);
    route(20, 0x08041, 1);
    expect(0x01010041);
    assert_int_equal(ioapic(0x38) & 0x4000, 0x4000);
    sim_devices_tick(machine.devices, 200);
    expect(0); /* nobody has acknowledged the first */
    sim_devices_end(machine.devices, 0x42);
    expect(0);
    set(0x020, 2, 0);
    assert_int_equal(hpet(0x020, 4, 0), 4);
    sim_devices_end(machine.devices, 0x41);
    expect(0x01010041); /* the other timer holds the line */
    set(0x020, 4, 0);
    sim_devices_end(machine.devices, 0x41);
    expect(0);
    assert_int_equal(ioapic(0x38) & 0x4000, 0);

    set(0x128, 300, 0); /* a timer that is switched off lets go */
    sim_devices_tick(machine.devices, 300);
    expect(0x01010041);
    set(0x120, 20 << 9 | 2, 0);
    sim_devices_end(machine.devices, 0x41);
    expect(0);
}

static void pages_of_devices_are_known(void **state)
{
    (void)state;
    assert_true(sim_is_device(machine.devices, SIM_HPET_BASE + 0x3F0));
    assert_true(sim_is_device(machine.devices, SIM_IOAPIC_BASE));
    assert_false(sim_is_device(machine.devices, SIM_APIC_BASE));
    assert_false(sim_is_device(machine.devices, 0));
    assert_false(sim_is_device(machine.devices, SIM_HPET_BASE + 0x1000));
}

static void a_copy_is_the_devices(void **state)
{
    struct sim_devices *copy = sim_devices_create(&machine);

    (void)state;
    sim_device_write(machine.devices, SIM_HPET_BASE + 0x10, 4, 1, 1000);
    out(0x21, 0x55, 0);
    sim_devices_copy(copy, machine.devices);
    out(0x21, 0xAA, 0);
    assert_int_equal(sim_port_read(copy, 0x21, 1, 0), 0x55);
    assert_int_equal(sim_device_read(copy, SIM_HPET_BASE + 0xF0, 4, 3000), 2000);
    sim_devices_destroy(copy);
}

static uint64_t number(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;

    memcpy(&value, at, size);
    return value;
}

static uint8_t sum(const uint8_t *bytes, size_t size)
{
    uint8_t total = 0;

    for (size_t i = 0; i < size; i++) {
        total += bytes[i];
    }
    return total;
}

/*
 * table: find a table as an operating system does.
 */
static const uint8_t *table(uint64_t rsdp_at, const char *signature)
{
    const uint8_t *rsdp = machine.ram + rsdp_at;
    const uint8_t *xsdt = machine.ram + number(rsdp + 24, 8);

    assert_int_equal(rsdp_at % 16, 0);
    assert_memory_equal(rsdp, "RSD PTR ", 8);
    assert_int_equal(rsdp[15], 2);
    assert_int_equal(sum(rsdp, 20), 0);
    assert_int_equal(sum(rsdp, 36), 0);
    assert_memory_equal(xsdt, "XSDT", 4);
    assert_int_equal(sum(xsdt, number(xsdt + 4, 4)), 0);
    for (uint64_t at = 36; at < number(xsdt + 4, 4); at += 8) {
        const uint8_t *found = machine.ram + number(xsdt + at, 8);

        assert_int_equal(sum(found, number(found + 4, 4)), 0);
        if (memcmp(found, signature, 4) == 0) {
            return found;
        }
    }
    return NULL;
}

static void the_tables_name_the_devices(void **state)
{
    uint64_t rsdp = sim_acpi_build(&machine, SIM_ACPI_BASE);
    const uint8_t *fadt = table(rsdp, "FACP");
    const uint8_t *hpet_table = table(rsdp, "HPET");

    (void)state;
    assert_int_equal(rsdp, SIM_ACPI_BASE);
    assert_non_null(fadt);
    assert_int_equal(number(fadt + 76, 4), SIM_PM_TIMER_PORT);
    assert_int_equal(fadt[91], 4);
    assert_int_equal(fadt[108], 0x32);
    assert_int_equal(number(fadt + 112, 4) & 0x100, 0x100);
    assert_int_equal(fadt[208], 1);
    assert_int_equal(number(fadt + 212, 8), SIM_PM_TIMER_PORT);
    assert_non_null(hpet_table);
    assert_int_equal(number(hpet_table + 44, 8), SIM_HPET_BASE);
    assert_int_equal(number(hpet_table + 36, 4), hpet(0, 4, 0));
    assert_null(table(rsdp, "DSDT"));
}

/*
 * check_ids: every processor has an entry of the type that its id needs, in order.
 */
static void check_ids(const uint32_t *ids, unsigned count)
{
    uint64_t rsdp;
    const uint8_t *madt;
    unsigned found = 0, io_apics = 0;

    machine.options.processors = count;
    machine.options.apic_ids = ids;
    rsdp = sim_acpi_build(&machine, SIM_ACPI_BASE);
    madt = table(rsdp, "APIC");
    assert_non_null(madt);
    assert_int_equal(number(madt + 36, 4), SIM_APIC_BASE);
    for (uint64_t at = 44; at < number(madt + 4, 4); at += madt[at + 1]) {
        const uint8_t *entry = madt + at;

        assert_true(entry[1] >= 6);
        if (entry[0] == 0 || entry[0] == 9) {
            uint32_t id = entry[0] == 0 ? entry[3] : (uint32_t)number(entry + 4, 4);

            assert_int_equal(id, ids == NULL ? found : ids[found]);
            assert_int_equal(entry[0], id < 255 ? 0 : 9);
            assert_int_equal(entry[entry[0] == 0 ? 4 : 8], 1);
            found++;
        } else if (entry[0] == 1) {
            assert_int_equal(number(entry + 4, 4), SIM_IOAPIC_BASE);
            io_apics++;
        }
    }
    assert_int_equal(found, count);
    assert_int_equal(io_apics, 1);
    assert_true((size_t)(madt - machine.ram) + number(madt + 4, 4) < SIM_ACPI_BASE + SIM_ACPI_SIZE);
}

static void every_processor_has_its_entry(void **state)
{
    static const uint32_t holes[] = {0, 3, 0x40, 254, 255, 256, 0x12345};
    uint32_t large[SIM_MAX_PROCESSORS];

    (void)state;
    check_ids(NULL, 1);
    check_ids(NULL, 4);
    check_ids(NULL, SIM_MAX_PROCESSORS);
    check_ids(holes, sizeof(holes) / sizeof(holes[0]));
    for (unsigned i = 0; i < SIM_MAX_PROCESSORS; i++) {
        large[i] = 1000 + 3 * i;
    }
    check_ids(large, SIM_MAX_PROCESSORS);
}

#define DEVICES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEVICES(nobody_answers_with_ones),
        DEVICES(the_console_reports),
        DEVICES(the_serial_port_reports),
        DEVICES(ports_that_end_the_machine),
        DEVICES(the_hpet_counts_when_it_runs),
        DEVICES(the_pm_timer_runs_at_3579545_hz),
        DEVICES(channel_2_counts_down_once),
        DEVICES(channel_2_counts_periodically),
        DEVICES(the_clock_begins_in_2026),
        DEVICES(the_8259s_are_masked),
        DEVICES(the_io_apic_is_masked),
        DEVICES(a_comparator_interrupts_once_at_an_edge),
        DEVICES(a_level_is_held_until_it_is_cleared),
        DEVICES(pages_of_devices_are_known),
        DEVICES(a_copy_is_the_devices),
        DEVICES(the_tables_name_the_devices),
        DEVICES(every_processor_has_its_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
