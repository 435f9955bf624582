/* SPDX-License-Identifier: MIT */
/*
 * run_model.h: what a run has shown so far, filled from the records.
 *
 * The records' own structures are kept where they say it best; lists are
 * bounded by what the kernel may send, see RUN_* below.
 */
#pragma once

#include "common.h"
#include "records.h"

#define RUN_MAXIMUM_PROCESSORS 1024u
#define RUN_MAXIMUM_IMAGES     4096u
#define RUN_MAXIMUM_FRAMES     256u
#define RUN_MAXIMUM_FINDINGS   10000u
#define RUN_MAXIMUM_CALLS      10000001u
#define RUN_MAXIMUM_REQUESTS   100000u
#define RUN_DEBUG_LIMIT        (64u * 1024 * 1024) /* bytes of debug text that are kept */

struct run_image {
    RECORD_IMAGE record;
    char *name;
};

struct run_driver {
    uint32_t last_step; /* RECORD_DRIVER_STEP, 0 = none came */
    uint64_t last_place; /* of that step among all drivers' steps, from 1 on */
    bool started;       /* DriverEntry has been called */
    bool returned;
    uint32_t status; /* of DriverEntry if it has returned, else of the failed load */
    char *failure;   /* why it did not load, or NULL */
    char **missing;  /* imports that nothing exports */
    size_t missing_count, missing_capacity;
};

struct run_call {
    RECORD_CALL record;
    RECORD_CALL_PROCESSOR *processors; /* record.Count, by index */
};

struct run_processor {
    RECORD_PROCESSOR record;
    uint64_t stack[RUN_MAXIMUM_FRAMES];
    uint32_t frames;
};

struct run_finding {
    RECORD_FINDING record;
    uint64_t *stack; /* record.Frames */
    char *text;
};

struct run_request {
    RECORD_REQUEST record;
    uint8_t *output;
    size_t output_length;
};

/* Told of things as they come; any may be NULL. */
struct run_listener {
    void (*debug)(void *context, const char *text, size_t length);
    void (*image)(void *context, const struct run_image *image);
    void (*step)(void *context, const RECORD_DRIVER *step);
    void *context;
};

struct run_model {
    struct run_listener listener;
    bool keep_debug;
    bool hello_seen, totals_seen, bug_check_seen, end_seen;
    bool any_started; /* some driver's DriverEntry has been called */
    bool debug_cut;   /* RUN_DEBUG_LIMIT was reached */
    RECORD_HELLO hello;
    RECORD_CALLS totals;
    RECORD_BUG_CHECK bug_check;
    char *bug_check_text;
    RECORD_END end;
    struct buffer debug;
    struct run_image *images;
    size_t image_count, image_capacity;
    struct run_driver *drivers; /* by index */
    size_t driver_count;
    uint64_t step_count; /* of all drivers */
    struct run_call *calls; /* after run_model_finish ascending by id, none twice */
    size_t call_count, call_capacity;
    struct run_processor *processors;
    size_t processor_count, processor_capacity;
    struct run_finding *findings;
    size_t finding_count, finding_capacity;
    RECORD_ADDITION *additions; /* processors that came up, or did not, after the drivers */
    size_t addition_count, addition_capacity;
    uint32_t added; /* how many came up */
    char *device;   /* to which requests go, "" = there is none, NULL = it was not looked for */
    RECORD_OPENED opened; /* .. if device is not NULL */
    struct run_request *requests; /* those that have ended, in their order */
    size_t request_count, request_capacity;
};

/*
 * run_model_begin: an empty model of a run with so many drivers.
 */
void run_model_begin(struct run_model *model, size_t drivers, bool keep_debug,
                     const struct run_listener *listener);

/*
 * run_model_take: a record_visitor; context is the model.
 * => a text if the record's payload contradicts record.h
 */
const char *run_model_take(void *model, const struct record *record);

/*
 * run_model_finish: put the lists in order, after the last record.
 */
void run_model_finish(struct run_model *model);

void run_model_free(struct run_model *model);

/*
 * run_ns: nanoseconds from one counter value to another; negative if later is earlier.
 */
int64_t run_ns(const struct run_model *model, uint64_t from, uint64_t to);

/*
 * run_call_ns: nanoseconds from one time of a call's RECORD_CALL_PROCESSOR to another; 0 is the entry.
 */
int64_t run_call_ns(const struct run_model *model, const struct run_call *call, uint32_t from,
                    uint32_t to);

/* A call's figures in nanoseconds: entered to left, first to last start. */
int64_t run_call_latency(const struct run_model *model, const struct run_call *call);
int64_t run_call_skew(const struct run_model *model, const struct run_call *call);

/*
 * run_find_processor: the stopped processor of that index, or NULL.
 */
const struct run_processor *run_find_processor(const struct run_model *model, uint32_t index);

/*
 * run_find_image: the image that an address lies in, or NULL.
 * => where an unloaded driver's place was used again, the last one
 */
const struct run_image *run_find_image(const struct run_model *model, uint64_t address);
