/* SPDX-License-Identifier: MIT */
/*
 * schedule_event.c: what happens without a processor's doing: interrupts on
 * their way, timers, devices, stale translations that go, and the silence that
 * ends in an NMI.
 *
 * An interrupt that has been sent arrives after a delay, most often a short
 * one; INIT and the start-up interrupt at once, so that they stay in order.
 * When a page table is written to, each processor may drop its translations
 * that are stale by that at some moment soon: a processor may lose a
 * translation at any time, and only the loss of a stale one can be noticed.
 */
#include "cpu.h"

#include <stdlib.h>

#define DELAY_BITS 10u /* a delay is below 2^9 ticks */

static bool comes_before(const struct sim_flight *a, const struct sim_flight *b)
{
    return a->arrival != b->arrival ? a->arrival < b->arrival : a->number < b->number;
}

static bool push(struct sim_schedule *schedule, struct sim_flight flight)
{
    size_t i = schedule->flight_count;

    if (i == schedule->flight_room) {
        const size_t room = i == 0 ? 64 : 2 * i;
        struct sim_flight *more = realloc(schedule->flights, room * sizeof(*more));
        if (more == NULL) {
            return false;
        }
        schedule->flights = more;
        schedule->flight_room = room;
    }
    schedule->flight_count++;
    while (i > 0 && comes_before(&flight, &schedule->flights[(i - 1) / 2])) {
        schedule->flights[i] = schedule->flights[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    schedule->flights[i] = flight;
    return true;
}

static struct sim_flight pop(struct sim_schedule *schedule)
{
    struct sim_flight *heap = schedule->flights;
    const struct sim_flight first = heap[0];
    const struct sim_flight last = heap[--schedule->flight_count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < schedule->flight_count && comes_before(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (child >= schedule->flight_count || comes_before(&last, &heap[child])) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

static void launch(struct sim_machine *machine, struct sim_flight flight)
{
    if (!push(&machine->schedule, flight)) {
        machine_fail(machine, "no memory for an interrupt");
        return;
    }
    if (flight.arrival < machine->next_event) {
        machine->next_event = flight.arrival;
    }
}

void schedule_send(void *context, unsigned from, unsigned to, enum sim_signal signal,
                   uint8_t vector)
{
    struct sim_machine *machine = context;
    struct sim_schedule *schedule = &machine->schedule;
    struct sim_flight flight = {
        .arrival = machine->now,
        .number = schedule->flight_number++,
        .to = (uint16_t)to,
        .signal = (uint8_t)signal,
        .vector = vector,
    };

    const bool delayed = signal == SIM_SIGNAL_INTERRUPT || signal == SIM_SIGNAL_LEVEL ||
                         signal == SIM_SIGNAL_NMI;

    if (signal == SIM_SIGNAL_END) {
        sim_devices_end(machine->devices, vector);
        return;
    }
    if (machine->watching && delayed) {
        watch_sent(machine, from, to, signal == SIM_SIGNAL_NMI ? EXCEPTION_NMI : vector);
    }
    if (delayed) {
        flight.arrival += schedule_below(schedule, 1u << schedule_below(schedule, DELAY_BITS));
    }
    launch(machine, flight);
}

void sim_device_message(struct sim_machine *machine, uint8_t destination, uint32_t command,
                        bool level)
{
    sim_apic_message(machine->apics, machine->count, destination, command, level, schedule_send,
                     machine);
}

void schedule_tables_written(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    if (!machine->watching) {
        return;
    }
    for (unsigned i = 0; i < machine->count; i++) {
        /* One in two keeps what it has until it is told, or has to make room. */
        if (schedule_below(schedule, 2) == 0) {
            launch(machine, (struct sim_flight){
                                .arrival = machine->now +
                                           schedule_below(schedule, 1u << schedule_below(schedule, DELAY_BITS)),
                                .number = schedule->flight_number++,
                                .to = (uint16_t)i,
                                .signal = SIM_SIGNAL_EVICT,
                            });
        }
    }
}

/* silence_deadline: when the machine has been silent for too long. */
static uint64_t silence_deadline(const struct sim_machine *machine)
{
    return machine->options.silence != 0 ? machine->spoken + machine->options.silence : SIM_NEVER;
}

void schedule_spoken(struct sim_machine *machine)
{
    machine->spoken = machine->now;
    machine->prodded = false;
}

/* prod: the machine is silent: an NMI for each processor, and if that has not helped, the end. */
static void prod(struct sim_machine *machine)
{
    if (machine->prodded) {
        sim_stop(machine, SIM_SILENT, 0);
        return;
    }
    for (unsigned i = 0; i < machine->count; i++) {
        cpu_signal(machine->cpus[i], SIM_SIGNAL_NMI, 0);
    }
    machine->spoken = machine->now;
    machine->prodded = true;
}

void schedule_deadline_changed(struct sim_machine *machine)
{
    const struct sim_schedule *schedule = &machine->schedule;
    uint64_t next = sim_devices_deadline(machine->devices);

    if (silence_deadline(machine) < next) {
        next = silence_deadline(machine);
    }
    if (schedule->flight_count != 0 && schedule->flights[0].arrival < next) {
        next = schedule->flights[0].arrival;
    }
    for (unsigned i = 0; i < machine->count; i++) {
        if (machine->cpus[i]->deadline < next) {
            next = machine->cpus[i]->deadline;
        }
    }
    machine->next_event = next;
}

void schedule_events(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    while (schedule->flight_count != 0 && schedule->flights[0].arrival <= machine->now) {
        const struct sim_flight flight = pop(schedule);
        schedule_note(machine, (uint64_t)flight.to << 16 | flight.vector);
        if (flight.signal == SIM_SIGNAL_EVICT) {
            machine->cpus[flight.to]->attention |= ATTEND_EVICT;
        } else {
            cpu_signal(machine->cpus[flight.to], flight.signal, flight.vector);
        }
    }
    for (unsigned i = 0; i < machine->count; i++) {
        struct sim_cpu *cpu = machine->cpus[i];
        if (cpu->deadline <= machine->now) {
            sim_apic_tick(cpu->apic, machine->now);
            cpu->deadline = sim_apic_deadline(cpu->apic);
            cpu_interrupt(cpu);
        }
    }
    if (sim_devices_deadline(machine->devices) <= machine->now) {
        sim_devices_tick(machine->devices, machine->now);
    }
    if (silence_deadline(machine) <= machine->now) {
        prod(machine);
    }
    schedule_deadline_changed(machine);
}
