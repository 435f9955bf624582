/* SPDX-License-Identifier: MIT */
/*
 * explore_pool.c: start the workers, listen to them, end them, bury them.
 *
 * Every worker has a pipe of its own, which it closes by ending, however it
 * ends.  One that does not end when it is told to is killed.
 */
#define _GNU_SOURCE
#include "explore.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "progress.h"

#define POLL_MS  100
#define GRACE_MS 5000 /* from being told to end to being killed */

struct worker {
    pid_t process;
    int pipe; /* -1: it has ended */
    struct buffer pending;
};

struct pool {
    struct explore *explore;
    struct worker *workers;
    unsigned count, alive;
    void (*entry)(struct explore *, unsigned, int); /* what a worker does */
    int64_t shown; /* when the progress was */
    int64_t told; /* when they were told to end, 0 = not yet */
};

/* fail: the first message stays. */
static void fail(struct explore *explore, char *message)
{
    if (explore->end == EXPLORE_FAILED) {
        free(message);
        return;
    }
    explore->end = EXPLORE_FAILED;
    explore->message = message;
}

/* signal_all: workers that have not ended. */
static void signal_all(struct pool *pool, int number)
{
    for (unsigned index = 0; index < pool->count; index++) {
        if (pool->workers[index].pipe >= 0) {
            kill(pool->workers[index].process, number);
        }
    }
}

static void tell_to_end(struct pool *pool, enum explore_end end)
{
    if (pool->told != 0) {
        return;
    }
    pool->told = monotonic_ms();
    if (pool->explore->end == EXPLORE_DONE) {
        pool->explore->end = end;
    }
    signal_all(pool, SIGTERM);
}

/* start: => false after explore->message */
static bool start(struct pool *pool, unsigned index)
{
    struct worker *worker = &pool->workers[index];
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        fail(pool->explore, xasprintf("no pipe for a worker: %s", strerror(errno)));
        return false;
    }
    worker->process = fork();
    if (worker->process == 0) {
        close(ends[0]);
        pool->entry(pool->explore, index, ends[1]);
    }
    close(ends[1]);
    if (worker->process < 0) {
        fail(pool->explore, xasprintf("no worker can be started: %s", strerror(errno)));
        close(ends[0]);
        return false;
    }
    worker->pipe = ends[0];
    pool->alive++;
    return true;
}

/* take_message: what a worker says of a schedule. */
static void take_message(struct pool *pool, const struct explore_message *message, const char *text)
{
    struct explore *explore = pool->explore;
    char *copy = xasprintf("%.*s", (int)message->length, text);

    if (message->kind == EXPLORE_BUG) {
        explore_book_add(explore, copy, message->number);
        /* Those below it have been handed out before, and will come to their end. */
        if (explore->options.run.on_violation_stop && message->number < explore->shared->limit) {
            explore->shared->limit = message->number;
        }
    } else if (message->kind == EXPLORE_MISUSE) {
        explore->failure_status = EXIT_USAGE;
        fail(explore, xstrdup(copy));
        tell_to_end(pool, EXPLORE_FAILED);
    } else {
        char *replay = explore_replay(explore, message->number);

        fail(explore, xasprintf("schedule %" PRIu64 ": %s\nAgain: %s", message->number, copy, replay));
        free(replay);
        tell_to_end(pool, EXPLORE_FAILED);
    }
    free(copy);
}

static void take_messages(struct pool *pool, struct buffer *pending)
{
    struct explore_message message;
    size_t used = 0;

    while (pending->length - used >= sizeof(message)) {
        memcpy(&message, pending->text + used, sizeof(message));
        if (pending->length - used - sizeof(message) < message.length) {
            break;
        }
        take_message(pool, &message, pending->text + used + sizeof(message));
        used += sizeof(message) + message.length;
    }
    memmove(pending->text, pending->text + used, pending->length - used);
    pending->length -= used;
}

/* bury: a worker has ended; did it end as it should?  One that is worn out has a successor. */
static void bury(struct pool *pool, unsigned index)
{
    struct worker *worker = &pool->workers[index];
    const uint64_t current = pool->explore->shared->workers[index].current;
    int status = 0;

    close(worker->pipe);
    worker->pipe = -1;
    pool->alive--;
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN) {
        return;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXPLORE_WORN) {
        if (pool->told == 0 && !start(pool, index)) {
            tell_to_end(pool, EXPLORE_FAILED);
        }
        return;
    }
    if (pool->told == 0 || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        char *how = WIFSIGNALED(status)
                        ? xasprintf("was ended by signal %d (%s)", WTERMSIG(status),
                                    strsignal(WTERMSIG(status)))
                        : xasprintf("ended with status %d", WEXITSTATUS(status));
        char *replay = current != 0 ? explore_replay(pool->explore, current) : NULL;

        fail(pool->explore, replay != NULL
                                ? xasprintf("the process that ran schedule %" PRIu64 " %s\nAgain: %s",
                                            current, how, replay)
                                : xasprintf("a worker process %s", how));
        free(how);
        free(replay);
        tell_to_end(pool, EXPLORE_FAILED);
    }
}

/* listen: read what one worker has written. */
static void listen_to(struct pool *pool, unsigned index)
{
    struct worker *worker = &pool->workers[index];
    char bytes[65536];
    ssize_t length = read(worker->pipe, bytes, sizeof(bytes));

    if (length > 0) {
        buffer_add(&worker->pending, bytes, (size_t)length);
        take_messages(pool, &worker->pending);
    } else if (length == 0 || errno != EINTR) {
        bury(pool, index);
    }
}

static void show_progress(struct pool *pool)
{
    struct explore *explore = pool->explore;
    int64_t elapsed = monotonic_ms() - explore->started;
    uint64_t done = 0;

    if (elapsed - pool->shown < POLL_MS) {
        return;
    }
    pool->shown = elapsed;

    for (unsigned index = 0; index < pool->count; index++) {
        done += explore->shared->workers[index].done;
    }
    progress_say(explore->progress, "%" PRIu64 " schedules, %" PRIu64 "/s, %zu finding%s", done,
                 elapsed > 0 ? done * 1000 / (uint64_t)elapsed : 0, explore->bug_count,
                 explore->bug_count == 1 ? "" : "s");
    progress_draw(explore->progress, elapsed);
}

/* look_around: what the clock and signals ask for. */
static void look_around(struct pool *pool)
{
    const struct explore *explore = pool->explore;
    int64_t now = monotonic_ms();

    if (interrupt_caught() != 0) {
        tell_to_end(pool, EXPLORE_INTERRUPTED);
    }
    if (now - explore->started >= (int64_t)explore->options.seconds * 1000) {
        tell_to_end(pool, EXPLORE_TIME);
    }
    if (pool->told != 0 && now - pool->told >= GRACE_MS) {
        signal_all(pool, SIGKILL);
    }
    show_progress(pool);
}

static void supervise(struct pool *pool)
{
    struct pollfd *polled = xcalloc(pool->count, sizeof(*polled));

    while (pool->alive != 0) {
        for (unsigned index = 0; index < pool->count; index++) {
            polled[index] = (struct pollfd){ pool->workers[index].pipe, POLLIN, 0 };
        }
        poll(polled, pool->count, POLL_MS);
        for (unsigned index = 0; index < pool->count; index++) {
            if (polled[index].revents != 0) {
                listen_to(pool, index);
            }
        }
        look_around(pool);
    }
    free(polled);
}

void explore_pool(struct explore *explore, unsigned workers,
                  void (*entry)(struct explore *, unsigned, int))
{
    struct pool pool = { .explore = explore, .count = workers, .entry = entry };

    pool.workers = xcalloc(workers, sizeof(*pool.workers));
    for (unsigned index = 0; index < workers; index++) {
        pool.workers[index].pipe = -1;
    }
    fflush(NULL);
    for (unsigned index = 0; index < workers; index++) {
        if (!start(&pool, index)) {
            tell_to_end(&pool, EXPLORE_FAILED);
            break;
        }
    }
    supervise(&pool);
    for (unsigned index = 0; index < workers; index++) {
        buffer_free(&pool.workers[index].pending);
    }
    free(pool.workers);
    progress_clear(explore->progress);
}
