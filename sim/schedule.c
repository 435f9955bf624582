/* SPDX-License-Identifier: MIT */
/*
 * schedule.c: which processor runs next, and when an interrupt arrives: all
 * chance there is, drawn from one generator.
 *
 * The strategy `random`: at a decision point (before an access to memory that
 * is not the processor's own stack, also between the read and the write of an
 * unlocked read-modify-write, and before an instruction that changes what
 * others see) one time in four any of the processors goes on.
 *
 * Fairness: a processor that pauses, or has run SLICE instructions in a row,
 * makes way; who has done so goes on only when all have.  So a processor that
 * polls does not starve the one that it waits for.
 *
 * An interrupt that has been sent arrives after a delay, most often a short
 * one; INIT and the start-up interrupt at once, so that they stay in order.
 *
 * Time: when every processor is parked it jumps to the next event.  When those
 * that run do nothing but poll, or nobody has written anything that others can
 * see for a while, only time can change anything, and it passes faster: a limit
 * of seconds is reached in a moment.
 */
#include "cpu.h"

#include <stdlib.h>

#define SLICE       200u
#define DELAY_BITS  10u /* an interrupt's delay is below 2^9 ticks */
#define POLL_GAP    32u /* instructions between two pauses if there is nothing but polling */
#define POLL_ROUNDS 64u /* that many each before it counts as nothing but polling */
#define POLL_TICKS  1000u
#define QUIET       64u    /* slices each without a write that others can see */
#define QUIET_TICKS 20000u /* what a slice takes then */

/* next_random: xorshift64*. */
static uint64_t next_random(struct sim_schedule *schedule)
{
    uint64_t x = schedule->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    schedule->random = x;
    return x * 0x2545F4914F6CDD1Dull;
}

/* below: => a number below limit */
static uint32_t below(struct sim_schedule *schedule, uint32_t limit)
{
    return (uint32_t)((next_random(schedule) >> 32) * limit >> 32);
}

/* points_until_switch: => k with probability 1/4 (3/4)^(k-1) */
static uint32_t points_until_switch(struct sim_schedule *schedule)
{
    uint64_t bits = next_random(schedule);
    uint32_t points = 1;

    while ((bits & 3) != 0 && points < 32) {
        bits >>= 2;
        points++;
    }
    return points;
}

/* mix: any number, also 0, gives a state that the generator can start from. */
static uint64_t mix(uint64_t seed)
{
    seed += 0x9E3779B97F4A7C15ull;
    seed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9ull;
    seed = (seed ^ seed >> 27) * 0x94D049BB133111EBull;
    seed ^= seed >> 31;
    return seed != 0 ? seed : 1;
}

static void note(struct sim_machine *machine, uint64_t what)
{
    struct sim_schedule *schedule = &machine->schedule;

    schedule->hash = (schedule->hash ^ machine->instructions) * 0x100000001B3ull;
    schedule->hash = (schedule->hash ^ what) * 0x100000001B3ull;
}

/* The processors that can go on ------------------------------------------------------ */

static void place(struct sim_schedule *schedule, unsigned at, uint16_t index)
{
    schedule->ready[at] = index;
    schedule->place[index] = (uint16_t)at;
}

static void exchange(struct sim_schedule *schedule, unsigned a, unsigned b)
{
    const uint16_t index = schedule->ready[a];

    place(schedule, a, schedule->ready[b]);
    place(schedule, b, index);
}

/* demote: a processor makes way; once all have, all are fresh again. */
static void demote(struct sim_schedule *schedule, unsigned index)
{
    if (schedule->place[index] < schedule->fresh_count) {
        exchange(schedule, schedule->place[index], --schedule->fresh_count);
    }
    if (schedule->fresh_count == 0) {
        schedule->fresh_count = schedule->ready_count;
    }
}

void schedule_ready(struct sim_machine *machine, unsigned index)
{
    struct sim_schedule *schedule = &machine->schedule;
    struct sim_cpu *cpu = machine->cpus[index];

    if (!cpu->parked) {
        return;
    }
    cpu->parked = false;
    place(schedule, schedule->ready_count, (uint16_t)index);
    exchange(schedule, schedule->ready_count++, schedule->fresh_count++);
}

static void unready(struct sim_machine *machine, struct sim_cpu *cpu)
{
    struct sim_schedule *schedule = &machine->schedule;

    cpu->parked = true;
    if (schedule->place[cpu->index] < schedule->fresh_count) {
        exchange(schedule, schedule->place[cpu->index], --schedule->fresh_count);
    }
    exchange(schedule, schedule->place[cpu->index], --schedule->ready_count);
    if (schedule->fresh_count == 0) {
        schedule->fresh_count = schedule->ready_count;
    }
}

/* Changing processors ------------------------------------------------------------------ */

static void switch_to(struct sim_machine *machine, unsigned index)
{
    struct sim_cpu *from = machine->running;
    struct sim_cpu *to = machine->cpus[index];

    machine->schedule.slice = SLICE;
    if (from == to) {
        return;
    }
    note(machine, index);
    machine->running = to;
    coroutine_switch(&from->coroutine, &to->coroutine);
}

static void check_budget(struct sim_machine *machine)
{
    if (machine->options.budget != 0 && machine->instructions >= machine->options.budget) {
        sim_stop(machine, SIM_BUDGET, 0);
    }
}

void schedule_point(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    if (machine->ended || --schedule->until != 0) {
        return;
    }
    schedule->until = points_until_switch(schedule);
    if (schedule->ready_count > 1) {
        switch_to(machine, schedule->ready[below(schedule, schedule->ready_count)]);
    }
}

/* pass_quiet_time: at the end of a slice. */
static void pass_quiet_time(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    if (schedule->writes != schedule->writes_seen) {
        schedule->writes_seen = schedule->writes;
        schedule->quiet_since = machine->instructions;
    } else if (machine->instructions - schedule->quiet_since >
               (uint64_t)QUIET * SLICE * schedule->ready_count) {
        machine->now += QUIET_TICKS;
    }
}

void schedule_slice(struct sim_machine *machine)
{
    pass_quiet_time(machine);
    schedule_yield(machine);
}

void schedule_yield(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;
    const unsigned self = machine->running->index;
    unsigned at;

    schedule->slice = SLICE;
    if (machine->ended) {
        return;
    }
    check_budget(machine);
    if (machine->ended || schedule->ready_count < 2) {
        return;
    }
    demote(schedule, self);
    /* Self may be among the fresh ones, if all have just become so again. */
    at = below(schedule, schedule->fresh_count);
    if (schedule->ready[at] == self) {
        at = at + 1 < schedule->fresh_count ? at + 1 : 0;
    }
    switch_to(machine, schedule->ready[at]);
}

void schedule_pause(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    if (machine->instructions - schedule->polled > POLL_GAP) {
        schedule->polls = 0;
    } else if (++schedule->polls > POLL_ROUNDS * schedule->ready_count) {
        machine->now += POLL_TICKS;
    }
    schedule->polled = machine->instructions;
    schedule_yield(machine);
}

void schedule_park(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    if (machine->ended) {
        schedule_leave(machine);
        return;
    }
    unready(machine, machine->running);
    while (schedule->ready_count == 0) {
        if (machine->ended) {
            schedule_leave(machine);
            return;
        }
        if (machine->next_event == SIM_NEVER) {
            sim_stop(machine, SIM_DEADLOCK, 0);
            schedule_leave(machine);
            return;
        }
        if (machine->now < machine->next_event) {
            machine->now = machine->next_event;
        }
        schedule_events(machine);
    }
    switch_to(machine, schedule->ready[below(schedule, schedule->fresh_count)]);
}

void schedule_leave(struct sim_machine *machine)
{
    if (!machine->closing) {
        coroutine_switch(&machine->running->coroutine, &machine->host);
    }
}

void schedule_enter(struct sim_machine *machine)
{
    coroutine_switch(&machine->host, &machine->running->coroutine);
}

/* Interrupts on their way, and other events ----------------------------------------------- */

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

    (void)from;
    if (signal == SIM_SIGNAL_INTERRUPT || signal == SIM_SIGNAL_NMI) {
        flight.arrival += below(schedule, 1u << below(schedule, DELAY_BITS));
    }
    if (!push(schedule, flight)) {
        machine_fail(machine, "no memory for an interrupt");
        return;
    }
    if (flight.arrival < machine->next_event) {
        machine->next_event = flight.arrival;
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
        note(machine, (uint64_t)flight.to << 16 | flight.vector);
        cpu_signal(machine->cpus[flight.to], flight.signal, flight.vector);
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

void schedule_create(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    schedule->random = mix(machine->options.seed);
    schedule->hash = 0xCBF29CE484222325ull;
    schedule->until = points_until_switch(schedule);
    schedule->slice = SLICE;
    machine->next_event = SIM_NEVER;
    schedule_deadline_changed(machine);
}

void schedule_destroy(struct sim_machine *machine)
{
    free(machine->schedule.flights);
}
