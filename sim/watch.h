/* SPDX-License-Identifier: MIT */
/*
 * watch.h: what the machine sees of the contract while drivers run, and how it
 * tells the command.
 *
 * The machine is told where images are and which exported functions matter
 * (their names are what drivers import; nothing else of the kernel is known
 * here).  Code outside the kernel's images is the drivers'.  From sim_begin on
 * it watches calls, routines, locks and the drivers' accesses to memory.
 *
 *   watch.c            what processors enter and leave: exported functions, routines, interrupts
 *   watch_frame.c      the chain of what each processor is in
 *   watch_access.c     the accesses to memory: whose, and where
 *   race.c             data races, by vector clocks
 *   watch_call.c       the promises of the call: C4-C8, C13
 *   rounds.c           which run of a routine belongs to which call
 *   watch_registers.c  what C13 promises to keep
 *   watch_wait.c       who waits for what: locks, calls
 *
 * Findings are structures: the command, which knows symbols, puts them into words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_machine;

/* Exported functions, by what they mean to the machine. */
enum sim_service {
    SIM_SERVICE_OTHER,         /* only its name, for reports */
    SIM_SERVICE_CALL,          /* KeIpiGenericCall(rcx routine, rdx context) */
    SIM_SERVICE_MEMORY,        /* acts for its caller: memcpy, RtlZeroMemory, strlen, .. */
    SIM_SERVICE_LOCK,          /* when it returns, the lock at rcx is held */
    SIM_SERVICE_TRY_LOCK,      /* the same, if it returns a true byte */
    SIM_SERVICE_UNLOCK,        /* the lock at rcx is given up at its entry */
    SIM_SERVICE_QUEUED_LOCK,   /* as LOCK; later known by its handle at rdx */
    SIM_SERVICE_QUEUED_UNLOCK, /* as UNLOCK; rcx is the handle */
    SIM_SERVICE_ONE_LOCK,      /* as LOCK, for the lock of which the system has one: rcx is something else */
    SIM_SERVICE_ONE_UNLOCK,    /* as UNLOCK, for that lock */
};

/* In place of the address of the lock of which the system has one. */
#define SIM_ONE_LOCK 8u

/*
 * sim_add_image: an image is mapped; driver: the driver's index, -1: its code is the kernel's.
 * => a driver's image may come again, there or elsewhere: it has left where it was
 */
void sim_add_image(struct sim_machine *machine, uint64_t base, uint64_t size, int driver);
/* sim_add_service: an exported function; name stays valid as long as the machine. */
void sim_add_service(struct sim_machine *machine, uint64_t address, enum sim_service service,
                     const char *name);

/* Where a processor was. */
struct sim_place {
    unsigned processor;
    uint8_t irql;     /* CR8 */
    bool returns;     /* address is a return address: the call is before it */
    uint64_t address; /* of the instruction */
    uint64_t time;    /* virtual, ticks */
};

enum sim_access_kind { SIM_READS, SIM_WRITES, SIM_LOCKED };

/* One access of a driver's to memory. */
struct sim_access {
    struct sim_place place;
    enum sim_access_kind kind;
    uint64_t target;
    uint8_t size; /* bytes */
};

enum sim_found {
    SIM_FOUND_RACE,       /* accesses[0] is the later one, [1] the earlier; history */
    SIM_FOUND_LEVEL,      /* C4: the routine was entered at another IRQL than IPI_LEVEL, or with
                             interrupts off: actual */
    SIM_FOUND_EARLY,      /* C5: .. by at, while other had not arrived */
    SIM_FOUND_TWICE,      /* C6: .. a second time on this processor */
    SIM_FOUND_MISSED,     /* C6: the call returned, and the routine had not run on other.processor */
    SIM_FOUND_CONTEXT,    /* C6: .. with another Context: expected, actual */
    SIM_FOUND_STRAY,      /* C6: .. though no call of it is pending */
    SIM_FOUND_UNFINISHED, /* C7: the call returned while it still ran on other.processor */
    SIM_FOUND_RESULT,     /* C8: the call returned something else: expected, actual */
    SIM_FOUND_CHANGED,    /* C13: what (a register) of the caller or of interrupted code:
                             expected, actual */
    SIM_FOUND_LOWERED,    /* R6: the routine returned at another IRQL: actual */
};

#define SIM_HISTORY 24u

struct sim_finding {
    enum sim_found found;
    struct sim_place at, other; /* other.address 0: there is no second side */
    uint64_t routine;           /* of the call in which it happened, 0 = none */
    uint64_t caller;            /* return address of that call */
    const char *what;           /* SIM_FOUND_CHANGED: "rbx" */
    uint64_t expected, actual;
    struct sim_access accesses[2];           /* SIM_FOUND_RACE */
    struct sim_access history[SIM_HISTORY];  /* of both processors, ascending by time */
    size_t history_count;
};

/* What a processor is waiting for, for the report of a call that does not end. */
enum sim_wait_kind {
    SIM_WAIT_NOTHING, /* it runs; polled != 0: in a loop that reads this address again and again */
    SIM_WAIT_CALL,    /* it is in KeIpiGenericCall, or, interrupted, takes part in another's call */
    SIM_WAIT_LOCK,    /* it is in a function that acquires the lock at object */
    SIM_WAIT_SERVICE, /* it is in another exported function */
    SIM_WAIT_HALT,    /* in hlt */
};

struct sim_wait {
    enum sim_wait_kind kind;
    struct sim_place at;   /* in the driver: where it is, or the return address of what it is in */
    bool interrupted;      /* an interrupt or an exception has stopped it there */
    const char *service;   /* the exported function that it is in, or NULL */
    uint64_t object;       /* the lock */
    uint64_t polled;       /* SIM_WAIT_NOTHING: what its loop reads, or 0 */
    bool interrupts;       /* its interrupt flag */
    bool in_routine;       /* of the call: */
    uint64_t routine;
    bool held;             /* somebody holds the lock: */
    struct sim_place holder; /* who acquired it, where (the return address of the acquiring call) */
    bool holder_interrupted; /* the holder's code is what an interrupt stopped on that processor */
};

/* sim_waits: what each processor waits for, at the end of a run. */
void sim_waits(struct sim_machine *machine, struct sim_wait *waits, unsigned room);
