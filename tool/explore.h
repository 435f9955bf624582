/* SPDX-License-Identifier: MIT */
/*
 * explore.h: what the parts of `allcall explore` share.
 *
 * Schedules are numbered from 1; schedule n has the seed `--seed` + n - 1 and
 * takes its turn on one of a few machines ("shapes").  The parent boots a
 * machine of each shape up to where the drivers begin, and forks workers, which
 * take the next schedule as long as there are any, go back to that point, run
 * it, and look whether it is clean (explore_machine.c, explore_worker.c).  Of one that is
 * not, a worker tells the parent under which keys its findings are known
 * (explore_key.c).  The parent keeps each key's lowest number and count
 * (explore_book.c), supervises (explore_pool.c), and in the end runs those
 * schedules once more to report the findings in full (explore_report.c).
 *
 * What is found depends on the schedules' numbers alone, not on which worker
 * ran them or when.
 */
#pragma once

#include <stdatomic.h>
#include <sys/types.h>

#include "coverage.h"
#include "options.h"
#include "report.h"
#include "simulation.h"

#define EXPLORE_MAXIMUM_JOBS   256u
#define EXPLORE_MAXIMUM_SHAPES 4u

/* What a schedule's machine is like. */
struct explore_shape {
    uint32_t processors; /* at boot */
    uint32_t hot_add;    /* that come up after the last DriverEntry */
    uint32_t group_size;
};

struct explore_options {
    struct run_options run; /* of every schedule, but for its shape, seed and steps */
    struct explore_shape shapes[EXPLORE_MAXIMUM_SHAPES];
    size_t shape_count;
    uint64_t schedules;
    uint32_t seconds;
    unsigned jobs;
};

/*
 * explore_parse_options: take `allcall explore`'s command line apart.
 * => does not return if it is wrong (EXIT_USAGE) or asks for help
 */
void explore_parse_options(struct explore_options *options, int argc, char **argv);

/*
 * explore_shape_text: "3 processors in groups of 2 and 1 hot-added"; the caller frees.
 */
char *explore_shape_text(const struct explore_shape *shape);

/*
 * explore_shape_processors: all of them.
 */
uint32_t explore_shape_processors(const struct explore_shape *shape);

/* One booted machine and the schedule that it runs. */
struct explore_machine {
    struct simulation *simulation;
    struct buffer boot, log; /* records that a judgement needs: until the drivers began, and since */
    bool begun;
    bool suspicious; /* something has come that may be a finding */
    size_t driver_count;
};

/* What the workers and the parent share in memory. */
struct explore_shared {
    _Atomic uint64_t next;  /* number of the next schedule to be run, less 1 */
    _Atomic uint64_t limit; /* schedules to run */
    struct {
        _Atomic uint64_t done;       /* schedules that came to their end */
        _Atomic uint64_t suspicious; /* .. with a finding */
        _Atomic uint64_t current;    /* number of the one that it runs, 0 = none */
    } workers[EXPLORE_MAXIMUM_JOBS];
    _Atomic uint64_t steps[EXPLORE_MAXIMUM_SHAPES]; /* SIM_PCT: k */
    uint8_t covered[];                              /* coverage.h's map */
};

/* A bug that was found, known by its key. */
struct explore_bug {
    char *key;
    uint64_t first; /* number of the first schedule that showed it */
    uint64_t count; /* schedules that did */
};

enum explore_end {
    EXPLORE_DONE,        /* all schedules have run */
    EXPLORE_TIME,        /* --seconds */
    EXPLORE_FOUND,       /* --on-violation stop */
    EXPLORE_INTERRUPTED, /* by a signal */
    EXPLORE_FAILED,      /* message says why */
};

struct explore {
    struct explore_options options;
    struct load_set set;
    struct symbols *symbols;
    struct explore_machine machines[EXPLORE_MAXIMUM_SHAPES];
    struct run_model booted[EXPLORE_MAXIMUM_SHAPES]; /* when the drivers began: where the images are */
    pid_t process; /* the parent */
    struct coverage coverage;
    struct explore_shared *shared;
    size_t shared_size;
    struct progress *progress;
    int64_t started; /* monotonic_ms */
    struct explore_bug *bugs;
    size_t bug_count, bug_capacity;
    enum explore_end end;
    char *message;
    int failure_status; /* the exit status if it failed */
    int signal;         /* that which interrupted it, 0 = none */
    uint64_t done;       /* schedules that came to their end */
    uint64_t suspicious; /* .. with a finding */
};

/* Schedules ------------------------------------------------------------------ */

uint64_t explore_seed(const struct explore *explore, uint64_t number);
size_t explore_shape_of(const struct explore *explore, uint64_t number);

/*
 * explore_replay: the command line that runs a schedule alone; the caller frees.
 */
char *explore_replay(const struct explore *explore, uint64_t number);

/* Machines (explore_machine.c) ------------------------------------------------ */

/*
 * explore_boot: boot a shape's machine until the drivers begin.
 * => false: the run has ended before that; judge it
 */
bool explore_boot(struct explore *explore, size_t shape);

/*
 * explore_run: run a schedule on its machine.
 * => true: there is nothing to be found in it
 */
bool explore_run(struct explore *explore, uint64_t number);

/* A run, judged. */
struct explore_verdict {
    struct run_model model;
    struct machine_result result;
    struct outcome outcome;
};

/*
 * explore_judge: judge the last run of a shape's machine as `allcall run` does.
 */
void explore_judge(struct explore *explore, size_t shape, struct explore_verdict *verdict);
void explore_verdict_free(struct explore_verdict *verdict);

void explore_machine_free(struct explore_machine *machine);

/* Keys (explore_key.c) and the book of bugs (explore_book.c) --------------------- */

/*
 * explore_key: what makes two findings the same bug; the caller frees.
 */
char *explore_key(const struct finding *finding);

void explore_book_add(struct explore *explore, const char *key, uint64_t number);

/*
 * explore_book_finish: put the bugs in order of their first schedule; drop those after limit.
 */
void explore_book_finish(struct explore *explore, uint64_t limit);

/* Workers (explore_worker.c), and the pool of them (explore_pool.c) --------------- */

enum explore_message_kind {
    EXPLORE_BUG,     /* text: the key of a finding */
    EXPLORE_TROUBLE, /* text: why the machine cannot go on */
    EXPLORE_MISUSE,  /* text: why what the user has asked for cannot be done */
};

/* What a worker writes to its pipe, followed by the text. */
struct explore_message {
    uint64_t number; /* of the schedule */
    uint32_t kind;
    uint32_t length;
};

/*
 * explore_work: take schedules and run them until there are none, in a process of its own.
 * => does not return; exit status EXPLORE_WORN: it has run many, and another process has to go on
 */
#define EXPLORE_WORN 100
void explore_work(struct explore *explore, unsigned worker, int pipe) __attribute__((noreturn));

/*
 * explore_measure: find out how many decision points a schedule has, for each shape, in a process
 * of its own.  => does not return
 */
void explore_measure(struct explore *explore, unsigned worker, int pipe) __attribute__((noreturn));

/*
 * explore_pool: run `entry` in so many workers until they have ended, and fill the book.
 * => explore->end and message say how it went
 */
void explore_pool(struct explore *explore, unsigned workers,
                  void (*entry)(struct explore *, unsigned, int));

/* Report (explore_report.c) --------------------------------------------------------- */

/*
 * explore_report: the findings in full and the summary, as text and, if asked for, as JSON.
 * => an exit status
 */
int explore_report(struct explore *explore, FILE *text, FILE *json);
