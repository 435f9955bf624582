/* SPDX-License-Identifier: MIT */
/*
 * schedule.c: which processor runs next: all chance there is, drawn from one
 * generator (schedule_event.c: when an interrupt arrives; schedule_pct.c: priorities).
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
 * Time: when every processor is parked it jumps to the next event.  When those
 * that run do nothing but poll, or are in small loops and hardly anything has been
 * written for a while that others can see (a timer's interrupt writes a little),
 * only time can change anything, and it passes faster and faster: a limit of
 * seconds is reached in a moment.  So it does when the budget of instructions is
 * spent, that of the run or that of a call: then a call that does not end is the
 * kernel's watchdog's, whatever its processors do meanwhile.
 */
#include "cpu.h"

#include <stdlib.h>

#define SLICE       200u
#define POLL_GAP    32u /* instructions between two pauses if there is nothing but polling */
#define POLL_ROUNDS 64u /* that many each before it counts as nothing but polling */
#define POLL_DECAY  32u  /* the part of them that a gap undoes */
#define POLL_GROWTH 16u  /* so many pauses more, and time passes twice as fast */
#define POLL_TICKS  1000u
#define QUIET       1024u  /* slices each without a write that others can see, for up to .. */
#define QUIET_MANY  4u     /* .. so many processors */
#define QUIET_LEAST 4u     /* so many times that: no work goes on so long */
#define QUIET_WORK  1000u  /* so many instructions of them a write undoes */
#define QUIET_TICKS 20000u /* what a slice takes then */
#define LOOP        256u   /* bytes of code to either side: a small loop */
#define LOOP_SLICES 256u   /* of a processor that end there, more than elsewhere: it is in one */
#define LOOP_MOVES  16u    /* so many of them a slice undoes that looks at another place in memory */
#define GROWTH      10u    /* time passes at most 2^10 times faster than that */
#define BOOT_SEED   1u     /* until drivers begin everything is the same, whatever the seed */

uint64_t schedule_random(struct sim_schedule *schedule)
{
    uint64_t x = schedule->random;

    /* xorshift64* */
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    schedule->random = x;
    return x * 0x2545F4914F6CDD1Dull;
}

uint32_t schedule_below(struct sim_schedule *schedule, uint32_t limit)
{
    return (uint32_t)((schedule_random(schedule) >> 32) * limit >> 32);
}

/* points_until_switch: => k with probability 1/4 (3/4)^(k-1) */
static uint32_t points_until_switch(struct sim_schedule *schedule)
{
    uint64_t bits = schedule_random(schedule);
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

void schedule_note(struct sim_machine *machine, uint64_t what)
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
    schedule->reconsider = true;
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
    schedule->reconsider = true;
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
    schedule_note(machine, index);
    machine->running = to;
    coroutine_switch(&from->coroutine, &to->coroutine);
}

/* rush: time passes, in steps that double, but not beyond the next event. */
static void rush(struct sim_machine *machine, uint64_t ticks, uint64_t doublings)
{
    const uint64_t to = machine->now + (ticks << (doublings < GROWTH ? doublings : GROWTH));

    if (machine->now < machine->next_event) {
        machine->now = to < machine->next_event ? to : machine->next_event;
    }
}

/* is_spent: have instructions been done for so long that only time may still end it? */
static bool is_spent(const struct sim_machine *machine, uint64_t since, uint64_t budget)
{
    return budget != 0 && machine->instructions - since >= budget;
}

static void check_budget(struct sim_machine *machine)
{
    const struct sim_schedule *schedule = &machine->schedule;
    const struct sim_options *options = &machine->options;

    if (is_spent(machine, 0, options->budget)) {
        rush(machine, QUIET_TICKS, GROWTH);
        if (is_spent(machine, 0, 2 * options->budget)) {
            sim_stop(machine, SIM_BUDGET, 0);
        }
    } else if (schedule->in_call &&
               is_spent(machine, schedule->call_moved, options->call_budget)) {
        rush(machine, QUIET_TICKS, GROWTH);
    }
}

/* choose: => who runs next, of those that have not made way since all have */
static unsigned choose(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    return schedule->strategy == SIM_PCT
               ? schedule_first(schedule)
               : schedule->ready[schedule_below(schedule, schedule->fresh_count)];
}

/* note_loop: is the processor still where it was, and does it look at nothing new? */
static void note_loop(struct sim_cpu *cpu)
{
    const bool here = cpu->address - cpu->loop + LOOP < 2 * LOOP;
    const bool moves = (cpu->places & ~cpu->places_before) != 0;
    const unsigned less = moves ? LOOP_MOVES : 1;

    cpu->places_before = cpu->places;
    cpu->places = 0;
    if (here && !moves) {
        cpu->loop_slices += cpu->loop_slices < 2 * LOOP_SLICES;
    } else if (cpu->loop_slices != 0) {
        cpu->loop_slices -= cpu->loop_slices < less ? cpu->loop_slices : less;
    } else {
        cpu->loop = cpu->address;
    }
}

/* are_in_loops: is each processor that can run in a small loop? */
static bool are_in_loops(const struct sim_machine *machine)
{
    const struct sim_schedule *schedule = &machine->schedule;

    for (unsigned i = 0; i < schedule->ready_count; i++) {
        if (machine->cpus[schedule->ready[i]]->loop_slices < LOOP_SLICES) {
            return false;
        }
    }
    return true;
}

/*
 * pass_quiet_time: in small loops without work.
 * => A few writes among very many instructions are a timer's interrupt, no work.
 */
static void pass_quiet_time(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;
    const unsigned many =
        schedule->ready_count < QUIET_MANY ? schedule->ready_count : QUIET_MANY;
    const uint64_t quiet = (uint64_t)QUIET * SLICE * many;
    uint64_t work = (schedule->writes - schedule->writes_seen) * QUIET_WORK;
    uint64_t since = machine->instructions - schedule->quiet_since;

    note_loop(machine->running);
    work = work < since ? work : since;
    since -= work;
    schedule->writes_seen = schedule->writes;
    schedule->quiet_since += work;
    if (since > QUIET_LEAST * quiet && are_in_loops(machine)) {
        rush(machine, QUIET_TICKS, since / quiet - QUIET_LEAST);
    }
}

/*
 * review: from time to time: does time have to pass faster?
 * => not only where a slice ends: who is switched from again and again never ends one
 */
static void review(struct sim_machine *machine)
{
    if (machine->instructions - machine->schedule.reviewed < SLICE) {
        return;
    }
    machine->schedule.reviewed = machine->instructions;
    pass_quiet_time(machine);
    check_budget(machine);
}

void schedule_point(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    schedule->decisions++;
    if (--schedule->until != 0) {
        return;
    }
    if (machine->ended || schedule->gatherer != NULL) {
        schedule->until = 1;
        return;
    }
    if (schedule->strategy == SIM_PCT) {
        schedule->until = 1;
        if (schedule_change(machine)) {
            switch_to(machine, schedule_first(schedule));
        }
        return;
    }
    schedule->until = points_until_switch(schedule);
    review(machine);
    if (schedule->ready_count > 1 && !machine->ended) {
        switch_to(machine, schedule->ready[schedule_below(schedule, schedule->ready_count)]);
    }
}

void schedule_slice(struct sim_machine *machine)
{
    review(machine);
    schedule_yield(machine);
}

void schedule_yield(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;
    const unsigned self = machine->running->index;
    unsigned at;

    schedule->slice = SLICE;
    if (machine->ended || schedule->gatherer != NULL || schedule->ready_count < 2) {
        return;
    }
    if (schedule->strategy == SIM_PCT) {
        schedule_demote(schedule, self);
        switch_to(machine, schedule_first(schedule));
        return;
    }
    demote(schedule, self);
    /* Self may be among the fresh ones, if all have just become so again. */
    at = schedule_below(schedule, schedule->fresh_count);
    if (schedule->ready[at] == self) {
        at = at + 1 < schedule->fresh_count ? at + 1 : 0;
    }
    switch_to(machine, schedule->ready[at]);
}

void schedule_pause(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;
    const uint32_t rounds = POLL_ROUNDS * schedule->ready_count;

    if (machine->instructions - schedule->polled > POLL_GAP) {
        /* Work, or merely a timer's interrupt: where there is work, there is more to come. */
        schedule->polls -= (schedule->polls + POLL_DECAY - 1) / POLL_DECAY;
    } else if (schedule->polls < rounds + POLL_GROWTH * 2 * GROWTH) {
        schedule->polls++;
    }
    if (schedule->polls > rounds) {
        rush(machine, POLL_TICKS, (schedule->polls - rounds) / POLL_GROWTH);
    }
    schedule->polled = machine->instructions;
    review(machine);
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
    if (schedule->gatherer != NULL) {
        schedule_gathered(machine);
        return;
    }
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
    switch_to(machine, choose(machine));
}

/* hand_over: let another processor run, without any choice. */
static void hand_over(struct sim_machine *machine, struct sim_cpu *to)
{
    struct sim_cpu *from = machine->running;

    machine->running = to;
    coroutine_switch(&from->coroutine, &to->coroutine);
}

void schedule_gather(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    schedule->gatherer = machine->running;
    for (unsigned i = 0; i < machine->count; i++) {
        struct sim_cpu *cpu = machine->cpus[i];

        if (cpu != schedule->gatherer && !cpu->parked) {
            cpu->attention |= ATTEND_GATHER;
            hand_over(machine, cpu);
        }
    }
    schedule->gatherer = NULL;
}

void schedule_gathered(struct sim_machine *machine)
{
    hand_over(machine, machine->schedule.gatherer);
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

static void start(struct sim_schedule *schedule, uint64_t seed)
{
    schedule->random = mix(seed);
    schedule->hash = 0xCBF29CE484222325ull;
    schedule->decisions = 0;
    schedule->until = points_until_switch(schedule);
    schedule->slice = SLICE;
}

void schedule_begin(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    start(schedule, machine->options.seed);
    schedule->strategy = machine->options.strategy;
    schedule->polled = 0;
    schedule->polls = 0;
    schedule->writes_seen = schedule->writes;
    schedule->quiet_since = 0;
    schedule->reviewed = 0;
    if (schedule->strategy == SIM_PCT) {
        schedule_prioritize(machine);
    }
}

void schedule_create(struct sim_machine *machine)
{
    struct sim_schedule *schedule = &machine->schedule;

    schedule->strategy = SIM_RANDOM;
    start(schedule, BOOT_SEED);
    machine->next_event = SIM_NEVER;
    schedule_deadline_changed(machine);
}

void schedule_destroy(struct sim_machine *machine)
{
    free(machine->schedule.flights);
}
