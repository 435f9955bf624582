/* SPDX-License-Identifier: MIT */
/* rounds.c: which run of a routine belongs to which call. */
#include "rounds.h"

#include <stddef.h>
#include <string.h>

void rounds_reset(struct rounds *rounds, const struct processor_set *members)
{
    rounds->next = 1;
    rounds->members = *members;
    rounds->call_count = 0;
    rounds->round_count = 0;
}

/* first_missing: => the first processor of all that is not in some; ROUNDS_PROCESSORS: none */
static unsigned first_missing(const struct processor_set *all, const struct processor_set *some)
{
    for (unsigned i = 0; i < ROUNDS_WORDS; i++) {
        const uint64_t missing = all->words[i] & ~some->words[i];
        if (missing != 0) {
            return i * 64 + (unsigned)__builtin_ctzll(missing);
        }
    }
    return ROUNDS_PROCESSORS;
}

static bool is_whole(const struct round *round)
{
    return first_missing(&round->members, &round->returned) == ROUNDS_PROCESSORS;
}

static bool serves(const struct round *round, uint64_t routine, uint64_t context)
{
    return round->routine == routine && round->context == context;
}

/* Calls ----------------------------------------------------------------------------------- */

uint64_t rounds_call(struct rounds *rounds, uint64_t routine, uint64_t context, uint64_t caller,
                     unsigned processor)
{
    if (rounds->call_count == ROUNDS_CALLS) {
        return 0;
    }
    rounds->calls[rounds->call_count++] = (struct rounds_call){
        .number = rounds->next,
        .routine = routine,
        .context = context,
        .caller = caller,
        .processor = processor,
    };
    return rounds->next++;
}

/* take_call: => false: there is no such call; else it is gone, and *taken */
static bool take_call(struct rounds *rounds, uint64_t number, struct rounds_call *taken)
{
    for (unsigned i = 0; i < rounds->call_count; i++) {
        if (rounds->calls[i].number == number) {
            *taken = rounds->calls[i];
            rounds->call_count--;
            memmove(&rounds->calls[i], &rounds->calls[i + 1],
                    (rounds->call_count - i) * sizeof(rounds->calls[0]));
            return true;
        }
    }
    return false;
}

const struct rounds_call *rounds_pending(const struct rounds *rounds, uint64_t routine,
                                         uint64_t context)
{
    const struct rounds_call *found = NULL;

    for (unsigned i = 0; i < rounds->call_count; i++) {
        const struct rounds_call *call = &rounds->calls[i];
        if (call->routine == routine && (found == NULL || call->context == context)) {
            found = call;
            if (call->context == context) {
                break;
            }
        }
    }
    return found;
}

/* Rounds ---------------------------------------------------------------------------------- */

struct round *rounds_find(struct rounds *rounds, uint64_t number)
{
    for (unsigned i = rounds->round_count; i-- > 0;) {
        if (rounds->rounds[i].number == number) {
            return &rounds->rounds[i];
        }
    }
    return NULL;
}

static void remove_round(struct rounds *rounds, struct round *round)
{
    const size_t i = (size_t)(round - rounds->rounds);

    rounds->round_count--;
    memmove(round, round + 1, (rounds->round_count - i) * sizeof(*round));
}

/* begin_round: => NULL: there are too many */
static struct round *begin_round(struct rounds *rounds, uint64_t routine, uint64_t context)
{
    struct round *round;

    if (rounds->round_count == ROUNDS_LIMIT) {
        remove_round(rounds, &rounds->rounds[0]);
    }
    round = &rounds->rounds[rounds->round_count++];
    *round = (struct round){
        .number = rounds->next++,
        .routine = routine,
        .context = context,
        .members = rounds->members,
    };
    return round;
}

/* unserved: => a call of routine for which no round has begun, with that Context or any other */
static const struct rounds_call *unserved(const struct rounds *rounds, uint64_t routine,
                                          uint64_t context, bool any)
{
    for (unsigned i = 0; i < rounds->call_count; i++) {
        const struct rounds_call *call = &rounds->calls[i];
        unsigned calls = 0, begun = 0;

        if (call->routine != routine || (!any && call->context != context)) {
            continue;
        }
        for (unsigned j = 0; j < rounds->call_count; j++) {
            calls += rounds->calls[j].routine == routine &&
                     rounds->calls[j].context == call->context;
        }
        for (unsigned j = 0; j < rounds->round_count; j++) {
            begun += serves(&rounds->rounds[j], routine, call->context) &&
                     !rounds->rounds[j].claimed;
        }
        if (calls > begun) {
            return call;
        }
        if (!any) {
            break;
        }
    }
    return NULL;
}

/* awaiting: => the oldest round of routine in which the processor has not run yet */
static struct round *awaiting(struct rounds *rounds, unsigned processor, uint64_t routine,
                              uint64_t context, bool any)
{
    for (unsigned i = 0; i < rounds->round_count; i++) {
        struct round *round = &rounds->rounds[i];
        if (round->routine == routine && (any ? !round->claimed : round->context == context) &&
            !processor_set_has(&round->entered, processor) &&
            (processor_set_has(&round->members, processor) ||
             !processor_set_has(&rounds->members, processor))) {
            return round;
        }
    }
    return NULL;
}

/* choose: => the round that a run belongs to, or NULL; *entry */
static struct round *choose(struct rounds *rounds, unsigned processor, uint64_t routine,
                            uint64_t context, enum rounds_entry *entry)
{
    const struct rounds_call *call;
    struct round *round = awaiting(rounds, processor, routine, context, false);

    *entry = ROUNDS_FITS;
    if (round != NULL) {
        return round;
    }
    if (unserved(rounds, routine, context, false) != NULL) {
        return begin_round(rounds, routine, context);
    }
    *entry = ROUNDS_TWICE;
    for (unsigned i = rounds->round_count; i-- > 0;) {
        if (serves(&rounds->rounds[i], routine, context) && !rounds->rounds[i].claimed) {
            return &rounds->rounds[i];
        }
    }
    *entry = ROUNDS_CONTEXT;
    round = awaiting(rounds, processor, routine, context, true);
    if (round != NULL) {
        return round;
    }
    call = unserved(rounds, routine, context, true);
    return call != NULL ? begin_round(rounds, routine, call->context) : NULL;
}

enum rounds_entry rounds_enter(struct rounds *rounds, unsigned processor, uint64_t routine,
                               uint64_t context, struct round **round)
{
    enum rounds_entry entry;

    *round = choose(rounds, processor, routine, context, &entry);
    if (*round == NULL) {
        return ROUNDS_STRAY;
    }
    if (entry != ROUNDS_TWICE) {
        processor_set_add(&rounds->members, processor);
        processor_set_add(&(*round)->members, processor);
        processor_set_add(&(*round)->entered, processor);
    }
    return entry;
}

void rounds_leave(struct rounds *rounds, uint64_t number, unsigned processor)
{
    struct round *round = rounds_find(rounds, number);

    if (round != NULL) {
        processor_set_add(&round->returned, processor);
        if (round->claimed && is_whole(round)) {
            remove_round(rounds, round);
        }
    }
}

/* The ends of calls ----------------------------------------------------------------------- */

/* claimable: => the oldest round that can be the call's, a whole one if there is any */
static struct round *claimable(struct rounds *rounds, const struct rounds_call *call)
{
    struct round *found = NULL;

    for (unsigned i = 0; i < rounds->round_count; i++) {
        struct round *round = &rounds->rounds[i];
        if (serves(round, call->routine, call->context) && !round->claimed &&
            round->number > call->number) {
            if (is_whole(round)) {
                return round;
            }
            found = found == NULL ? round : found;
        }
    }
    return found;
}

void rounds_cancel(struct rounds *rounds, uint64_t number)
{
    struct rounds_call call;
    struct round *round;

    if (take_call(rounds, number, &call)) {
        round = claimable(rounds, &call);
        if (round != NULL) {
            round->claimed = true;
        }
    }
}

enum rounds_state rounds_return(struct rounds *rounds, uint64_t number, unsigned *other)
{
    struct rounds_call call;
    struct round *round;

    if (!take_call(rounds, number, &call)) {
        return ROUNDS_WHOLE;
    }
    round = claimable(rounds, &call);
    if (round == NULL) {
        *other = first_missing(&rounds->members, &(struct processor_set){ { 0 } });
        return *other == ROUNDS_PROCESSORS ? ROUNDS_WHOLE : ROUNDS_MISSED;
    }
    if (is_whole(round)) {
        remove_round(rounds, round);
        return ROUNDS_WHOLE;
    }
    round->claimed = true;
    *other = first_missing(&round->entered, &round->returned);
    if (*other != ROUNDS_PROCESSORS) {
        return ROUNDS_UNFINISHED;
    }
    *other = first_missing(&round->members, &round->entered);
    return ROUNDS_MISSED;
}
