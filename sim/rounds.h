/* SPDX-License-Identifier: MIT */
/*
 * rounds.h: which run of a routine belongs to which call (C6, C7).
 *
 * A call is what a caller has entered and not yet left.  A round is what serves
 * it: one run of its routine on each processor.  Runs are told apart by routine
 * and Context alone, so calls that agree in both are interchangeable: when one
 * of them returns, some whole round that began after it was entered must be
 * there that no other call has claimed.
 *
 *   => A processor is a member from its first run on, or from the beginning
 *      (rounds_reset); a round waits for whoever was a member when it began.
 *   => A round that was claimed too early stays until its last processor has
 *      run, so that this one is not taken for a stray.
 *
 * A pure room: it knows processors by number, routines and Contexts as numbers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ROUNDS_PROCESSORS 256u
#define ROUNDS_WORDS      (ROUNDS_PROCESSORS / 64)
#define ROUNDS_CALLS      320u /* at once: each processor one, and those that threads have left */
#define ROUNDS_LIMIT      640u

struct processor_set {
    uint64_t words[ROUNDS_WORDS];
};

struct rounds_call {
    uint64_t number; /* 1, 2, .. in the order of entry, rounds included */
    uint64_t routine, context;
    uint64_t caller; /* return address */
    unsigned processor;
};

struct round {
    uint64_t number; /* as above, of its beginning */
    uint64_t routine, context;
    struct processor_set members, entered, returned;
    bool claimed;     /* its call has returned */
    uint32_t reports; /* for the caller's use: what has been reported about it */
};

struct rounds {
    uint64_t next;
    struct processor_set members;
    struct rounds_call calls[ROUNDS_CALLS];
    unsigned call_count;
    struct round rounds[ROUNDS_LIMIT];
    unsigned round_count;
};

enum rounds_entry {
    ROUNDS_FITS,    /* the round's */
    ROUNDS_CONTEXT, /* the round's, but round->context was expected */
    ROUNDS_TWICE,   /* it has run for that round already */
    ROUNDS_STRAY,   /* no call of that routine waits for it; *round is NULL */
};

enum rounds_state {
    ROUNDS_WHOLE,
    ROUNDS_MISSED,     /* it has not run on *other */
    ROUNDS_UNFINISHED, /* it still runs on *other */
};

static inline bool processor_set_has(const struct processor_set *set, unsigned processor)
{
    return (set->words[processor / 64] >> processor % 64 & 1) != 0;
}

static inline void processor_set_add(struct processor_set *set, unsigned processor)
{
    set->words[processor / 64] |= 1ull << processor % 64;
}

/* rounds_reset: no calls, no rounds, these members. */
void rounds_reset(struct rounds *rounds, const struct processor_set *members);
/* rounds_call: a call is entered. => its number; 0: there are too many */
uint64_t rounds_call(struct rounds *rounds, uint64_t routine, uint64_t context, uint64_t caller,
                     unsigned processor);
/* rounds_cancel: it will never return. */
void rounds_cancel(struct rounds *rounds, uint64_t call);
/* rounds_pending: => a call of that routine, if there is one, with that Context if any is */
const struct rounds_call *rounds_pending(const struct rounds *rounds, uint64_t routine,
                                         uint64_t context);
/* rounds_enter: the routine is entered. => *round, until the next change */
enum rounds_entry rounds_enter(struct rounds *rounds, unsigned processor, uint64_t routine,
                               uint64_t context, struct round **round);
/* rounds_find: => the round of that number, or NULL */
struct round *rounds_find(struct rounds *rounds, uint64_t number);
/* rounds_leave: the routine of the round of that number has returned. */
void rounds_leave(struct rounds *rounds, uint64_t number, unsigned processor);
/* rounds_return: the call returns; it claims a round. => is that one whole? */
enum rounds_state rounds_return(struct rounds *rounds, uint64_t call, unsigned *other);
