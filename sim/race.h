/* SPDX-License-Identifier: MIT */
/*
 * race.h: data races, as the contract defines them (docs/contract.md, "Data
 * races"), by happens-before order in vector clocks.
 *
 * A pure room: it knows processors by number and memory by virtual address, and
 * is told of each access in the order in which they happen.
 */
#pragma once

#include "watch.h"

struct race;

/* How an access counts. */
enum race_kind {
    RACE_READ,         /* a driver's plain read */
    RACE_WRITE,        /* a driver's plain write */
    RACE_LOCKED,       /* a driver's locked read-modify-write (told once for the whole of it) */
    RACE_KERNEL_READ,  /* the kernel's own: acquires, is never a race */
    RACE_KERNEL_WRITE, /* the kernel's own: releases, is never a race */
};

typedef void race_found(void *context, const struct sim_finding *finding);

/*
 * race_create: a detector for processors 0 .. processors - 1, at most 4096.
 * => NULL: no memory.  If it runs out later, nothing is found until race_reset.
 * => found is called for one race at most of each access, the most useful one,
 *    and for the same two instructions once only until race_reset; it does not
 *    call the detector.
 */
struct race *race_create(unsigned processors, race_found *found, void *context);
void race_destroy(struct race *race);
/* race_reset: forget every access; memory is kept for the next schedule. */
void race_reset(struct race *race);
/* race_access: size bytes at address, any alignment, at most 64; place: who and where. */
void race_access(struct race *race, enum race_kind kind, const struct sim_place *place,
                 uint64_t address, unsigned size);
/*
 * race_send, race_receive: an interrupt orders what its sender did before it
 * before what its receiver does after it.
 */
void race_send(struct race *race, unsigned from, unsigned to);
void race_receive(struct race *race, unsigned to);
/* The same for what a device is told, and the interrupts of devices. */
void race_device_write(struct race *race, unsigned from);
void race_device_interrupt(struct race *race, unsigned to);
