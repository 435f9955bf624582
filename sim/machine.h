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

#define SIM_IMAGES    128u
#define SIM_MAX_DEPTH 16u /* of SIM_PCT */

/* What a page of RAM is. */
#define PAGE_CODE  0x1u /* a processor has run code from it */
#define PAGE_TABLE 0x2u /* a page walk has read it */
#define PAGE_DIRTY 0x4u /* it has been written to since sim_begin or sim_restart */

/* An interrupt on its way. */
struct sim_flight {
    uint64_t arrival; /* virtual time */
    uint64_t number;  /* of sending: decides between equals */
    uint16_t to;
    uint8_t signal; /* enum sim_signal */
    uint8_t vector;
};

struct sim_schedule {
    enum sim_strategy strategy;
    uint64_t random;      /* state of the generator */
    uint64_t hash;        /* of every decision so far */
    uint64_t decisions;   /* points at which another processor could have come first */
    uint32_t until;       /* decision points until the next one that switches */
    uint64_t changes[SIM_MAX_DEPTH]; /* SIM_PCT: decision points that lower a priority, descending */
    unsigned change_count;           /* of those still to come */
    uint64_t counted;                /* decision points so far, of those that count */
    int64_t lowest;                  /* SIM_PCT: below every priority so far */
    int64_t priority[SIM_MAX_PROCESSORS];
    bool reconsider;      /* SIM_PCT: the running processor may not be the first any more */
    struct sim_cpu *gatherer; /* the processor that begins, while it waits for the others */
    bool in_call;         /* some driver's call is pending .. */
    uint64_t call_moved;  /* .. and machine.instructions was this when something of one began or ended */
    uint32_t slice;       /* instructions that the running processor may still do in a row */
    uint64_t polled;      /* machine.instructions at the last pause of any processor */
    uint32_t polls;       /* pauses in a row with next to nothing in between */
    uint64_t writes;      /* to memory that others can see, by all processors */
    uint64_t writes_seen; /* their number when .. */
    uint64_t quiet_since; /* .. machine.instructions was this */
    uint64_t reviewed;    /* machine.instructions when that was last looked at */
    unsigned ready_count;
    unsigned fresh_count;               /* the first of ready: not paused since all have been */
    uint16_t ready[SIM_MAX_PROCESSORS]; /* processors that are not parked */
    uint16_t place[SIM_MAX_PROCESSORS]; /* where each of them stands in ready */
    struct sim_flight *flights;         /* a heap, the first to arrive at its top */
    size_t flight_count, flight_room;
    uint64_t flight_number;
};

struct sim_image {
    uint64_t base, size;
    int driver;    /* its index, -1 for the kernel's */
    bool kernel;
    bool gone;     /* another image lies where it was */
    bool reloaded; /* it has come more than once: its pages are others */
    uint8_t *covered; /* [size], shared with processes forked later; NULL for the kernel's */
};

struct sim_machine {
    struct sim_options options; /* its report is the machine's own, which passes on to: */
    void (*report)(void *context, const uint8_t *bytes, size_t length);
    void *report_context;
    uint8_t *ram;
    uint64_t ram_size;
    uint8_t *page_kind;       /* [page of RAM]: PAGE_xxx */
    uint64_t page_generation; /* grows with each change that makes stores to pages worth a look */
    uint8_t **code;           /* [page of RAM]: NULL, or for each byte CODE_xxx (cpu.h) */
    struct sim_image images[SIM_IMAGES];
    unsigned image_count;
    bool watching; /* drivers run */
    struct watch *watch;
    struct sim_snapshot *snapshot;

    unsigned count;
    bool x2apic; /* cpuid offers it */
    struct sim_cpu *cpus[SIM_MAX_PROCESSORS];
    struct sim_apic *apics[SIM_MAX_PROCESSORS];
    struct sim_devices *devices;

    uint64_t now;
    uint64_t instructions; /* of all processors, since sim_begin */
    uint64_t next_event; /* virtual time at which something happens without a processor's doing */
    struct sim_schedule schedule;

    struct coroutine host; /* where sim_run waits */
    struct sim_cpu *running;
    uint64_t spoken; /* virtual time of the last report */
    bool prodded;    /* every processor has had an NMI since */
    bool ended;
    bool closing; /* sim_destroy, sim_restart: coroutines that are resumed leave their engines */
    enum sim_end end;
    uint32_t status;
    char message[256];
};

/* machine_fail: end the run because the simulator cannot go on; the first message stays. */
void machine_fail(struct sim_machine *machine, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* machine_begin: drivers run from here on; every processor is between two instructions. */
void machine_begin(struct sim_machine *machine);
/* machine_image: => the image that an address lies in, or NULL */
struct sim_image *machine_image(struct sim_machine *machine, uint64_t address);
/* machine_drop_images: forget all but the first count images. */
void machine_drop_images(struct sim_machine *machine, unsigned count);
/* machine_dirty: a page of RAM is about to be written to. */
void machine_dirty(struct sim_machine *machine, uint64_t physical);
/* machine_table: a page walk reads that page. */
void machine_table(struct sim_machine *machine, uint64_t physical);
/* machine_watch_code: call watch_code when the instruction at address is about to run. */
void machine_watch_code(struct sim_machine *machine, uint64_t address);

/* snapshot.c ------------------------------------------------------------------ */

/* snapshot_take: keep everything as it is now; every processor is between two instructions. */
bool snapshot_take(struct sim_machine *machine);
void snapshot_destroy(struct sim_machine *machine);
/* snapshot_restore: => all processors are outside their engines; schedule_begin comes next */
void snapshot_restore(struct sim_machine *machine);
/* snapshot_keep: a page is about to be written to for the first time: keep what it holds. */
void snapshot_keep(struct sim_machine *machine, uint64_t page);
/* snapshot_mark: a page is read by a page walk for the first time. */
void snapshot_mark(struct sim_machine *machine, uint64_t page);

/* schedule_pct.c ----------------------------------------------------------------- */

/* schedule_prioritize: draw priorities and change points. */
void schedule_prioritize(struct sim_machine *machine);
/* schedule_first: => the ready processor of the highest priority */
unsigned schedule_first(struct sim_schedule *schedule);
/* schedule_demote: a processor goes below all others. */
void schedule_demote(struct sim_schedule *schedule, unsigned index);
/* schedule_change: a decision point. => it may not be the running processor's turn any more */
bool schedule_change(struct sim_machine *machine);

/* machine_reset: end the run because the machine resets itself, and why. */
void machine_reset(struct sim_machine *machine, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* machine_limit: end the run because a program needs what the machine does not have. */
void machine_limit(struct sim_machine *machine, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* schedule.c ----------------------------------------------------------------- */

/* schedule_random: => 64 random bits; schedule_below: => a number below limit */
uint64_t schedule_random(struct sim_schedule *schedule);
uint32_t schedule_below(struct sim_schedule *schedule, uint32_t limit);
/* schedule_note: take a decision into the hash. */
void schedule_note(struct sim_machine *machine, uint64_t what);
void schedule_create(struct sim_machine *machine);
void schedule_destroy(struct sim_machine *machine);
/* The running processor is about to do something that others can see: another may come first. */
void schedule_point(struct sim_machine *machine);
#define SIM_SIGNAL_EVICT 0x10u /* in sim_flight.signal: stale translations go */
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
/* From now on the seed and the strategy decide. */
void schedule_begin(struct sim_machine *machine);
/* The running processor waits until every other one is between two instructions. */
void schedule_gather(struct sim_machine *machine);
/* It is. */
void schedule_gathered(struct sim_machine *machine);
/* A page table has been written to: translations are stale now, and may go at any time. */
void schedule_tables_written(struct sim_machine *machine);
/* Leave for sim_run: => returns only when the machine is closing. */
void schedule_leave(struct sim_machine *machine);
/* From sim_run: let the first processor run; => returns when the run has ended. */
void schedule_enter(struct sim_machine *machine);
