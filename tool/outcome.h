/* SPDX-License-Identifier: MIT */
/*
 * outcome.h: what a run amounts to: how the machine ended, the findings, the
 * notes, the exit status.
 */
#pragma once

#include "run_model.h"
#include "sim_seen.h"
#include "symbols.h"

enum machine_end {
    MACHINE_ENDED,       /* RecordEnd came and the machine stopped */
    MACHINE_STOPPED,     /* the machine stopped or reset without RecordEnd */
    MACHINE_FAILED,      /* the machine's program could not run or crashed: see text */
    MACHINE_TIMEOUT,     /* --timeout */
    MACHINE_SILENT,      /* no heartbeat, and the NMI did not help */
    MACHINE_SPENT,       /* the instruction budget; it was not silent */
    MACHINE_DEADLOCK,    /* no processor can ever go on */
    MACHINE_LIMIT,       /* a driver needs what the machine does not have: text */
    MACHINE_BAD_RECORD,  /* the report channel is damaged: see text */
    MACHINE_INTERRUPTED, /* this command was told to stop: see signal */
    MACHINE_FOUND,       /* it was stopped at what it had seen: see seen */
};

/* How a machine ended; the machine fills it. */
struct machine_result {
    enum machine_end end;
    char *text;
    int signal;
    uint64_t *places; /* where each processor was when the tool gave up, if the machine can say */
    size_t place_count;
    struct sim_seen seen; /* by the machine itself */
};

/* One step on the way to a race, of either side. */
struct finding_step {
    uint32_t processor, irql;
    char *location;  /* "racy.c:21", else a name */
    char *text;      /* "reads Counter" */
    bool unordered;  /* one of the two accesses that are the race */
    uint32_t repeat; /* so many times in a row */
};

/* What a processor waits for in a run that does not go on. */
struct finding_wait {
    uint32_t processor, irql;
    char *text;          /* "spins in KeAcquireSpinLock .." */
    char *location;      /* or NULL */
    uint32_t *waits_for; /* processors */
    size_t waits_for_count;
};

struct finding {
    char *rule;
    char *message;
    uint32_t processor;
    uint32_t irql;
    bool has_processor, has_irql; /* else they are not known */
    char *routine;                /* or NULL */
    char *location;               /* or NULL */
    char **stack;
    size_t stack_count;
    struct finding *other;        /* the second side, or NULL; it has no more of what follows */
    struct finding_step *history; /* of both sides, in the order of their happening */
    size_t history_count;
    struct finding_wait *waits; /* those that matter, the caller first */
    size_t wait_count;
};

/* The files of the drivers, in the order of loading. */
struct driver_name {
    const char *path; /* as the user wrote it */
    const char *name; /* without folders */
};

struct outcome {
    const struct run_model *model;
    const struct machine_result *result;
    struct symbols *symbols;
    const struct driver_name *drivers;
    uint32_t timeout, watchdog; /* seconds, as asked for */
    size_t requested;           /* requests to the device, as asked for */
    struct finding *findings;
    size_t finding_count, finding_capacity;
    char **notes;
    size_t note_count, note_capacity;
    char *failure; /* why the exit status is 2 or 3; lines without a newline at the end */
    int exit_status;
};

/*
 * machine_result_free: what it holds.
 */
void machine_result_free(struct machine_result *result);

/*
 * outcome_judge: fill findings, notes, failure and exit_status from the rest.
 */
void outcome_judge(struct outcome *outcome);

void outcome_free(struct outcome *outcome);

/*
 * outcome_frames: the addresses of a stopped processor's stack, innermost first.
 * => at most `room`; the count
 */
size_t outcome_frames(const struct run_model *model, const struct run_processor *processor,
                      uint64_t *frames, size_t room);

/*
 * phase_text: a RECORD_PHASE in words.
 */
const char *phase_text(uint32_t phase);
