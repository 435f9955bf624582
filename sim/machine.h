/* SPDX-License-Identifier: MIT */
/*
 * machine.h: what the files of the machine share: the machine itself, and the
 * scheduler that lives in it.
 *
 * Everything happens on one thread.  Each processor is a coroutine; whoever
 * runs, runs until it switches to another (schedule.c) or to the host, which
 * waits in sim_run.
 *
 * Virtual time advances by one tick with each instruction of any processor, by
 * SIM_BUS_TICKS with each access to a port or a device, and by a jump when
 * every processor is parked or merely polls.
 */
#pragma once

#include "coroutine.h"
#include "sim.h"

#define SIM_NEVER     UINT64_MAX
#define SIM_BUS_TICKS 100u /* a microsecond: what a PC's bus takes */

/* An interrupt on its way. */
struct sim_flight {
    uint64_t arrival; /* virtual time */
    uint64_t number;  /* of sending: decides between equals */
    uint16_t to;
    uint8_t signal; /* enum sim_signal */
    uint8_t vector;
};

struct sim_schedule {
    uint64_t random;      /* state of the generator */
    uint64_t hash;        /* of every decision so far */
    uint32_t until;       /* decision points until the next one that switches */
    uint32_t slice;       /* instructions that the running processor may still do in a row */
    uint64_t polled;      /* machine.instructions at the last pause of any processor */
    uint32_t polls;       /* pauses in a row with next to nothing in between */
    uint64_t writes;      /* to memory that others can see, by all processors */
    uint64_t writes_seen; /* their number when .. */
    uint64_t quiet_since; /* .. machine.instructions was this */
    unsigned ready_count;
    unsigned fresh_count;               /* the first of ready: not paused since all have been */
    uint16_t ready[SIM_MAX_PROCESSORS]; /* processors that are not parked */
    uint16_t place[SIM_MAX_PROCESSORS]; /* where each of them stands in ready */
    struct sim_flight *flights;         /* a heap, the first to arrive at its top */
    size_t flight_count, flight_room;
    uint64_t flight_number;
};

struct sim_machine {
    struct sim_options options; /* its report is the machine's own, which passes on to: */
    void (*report)(void *context, const uint8_t *bytes, size_t length);
    void *report_context;
    uint8_t *ram;
    uint64_t ram_size;
    uint8_t *is_code;         /* [page of RAM]: a processor has run code from it */
    uint64_t code_generation; /* grows with each such page */

    unsigned count;
    bool x2apic; /* cpuid offers it */
    struct sim_cpu *cpus[SIM_MAX_PROCESSORS];
    struct sim_apic *apics[SIM_MAX_PROCESSORS];
    struct sim_devices *devices;

    uint64_t now;
    uint64_t instructions;
    uint64_t next_event; /* virtual time at which something happens without a processor's doing */
    struct sim_schedule schedule;

    struct coroutine host; /* where sim_run waits */
    struct sim_cpu *running;
    uint64_t spoken; /* virtual time of the last report */
    bool prodded;    /* every processor has had an NMI since */
    bool ended;
    bool closing; /* sim_destroy: coroutines that are resumed leave their engines */
    enum sim_end end;
    uint32_t status;
    char message[256];
};

/* machine_fail: end the run because the simulator cannot go on; the first message stays. */
void machine_fail(struct sim_machine *machine, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* schedule.c ----------------------------------------------------------------- */

void schedule_create(struct sim_machine *machine);
void schedule_destroy(struct sim_machine *machine);
/* The running processor is about to do something that others can see: another may come first. */
void schedule_point(struct sim_machine *machine);
/* It has run a slice in a row. */
void schedule_slice(struct sim_machine *machine);
/* Others come first. */
void schedule_yield(struct sim_machine *machine);
/* It executes pause. */
void schedule_pause(struct sim_machine *machine);
/* It cannot go on: => returns when it has been made ready again, or the machine is closing. */
void schedule_park(struct sim_machine *machine);
/* A processor can go on. */
void schedule_ready(struct sim_machine *machine, unsigned index);
/* The kernel has reported something. */
void schedule_spoken(struct sim_machine *machine);
/* Virtual time has reached next_event. */
void schedule_events(struct sim_machine *machine);
/* A timer or a device may have a new deadline. */
void schedule_deadline_changed(struct sim_machine *machine);
/* sim_apic_send */
void schedule_send(void *context, unsigned from, unsigned to, enum sim_signal signal,
                   uint8_t vector);
/* Leave for sim_run: => returns only when the machine is closing. */
void schedule_leave(struct sim_machine *machine);
/* From sim_run: let the first processor run; => returns when the run has ended. */
void schedule_enter(struct sim_machine *machine);
