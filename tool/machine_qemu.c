/* SPDX-License-Identifier: MIT */
/*
 * machine_qemu.c: the supervisor of a machine in QEMU.
 *
 * One loop waits for what comes first: bytes of the report channel or of the
 * serial port, QEMU's own messages, a signal (also QEMU's end), the clock.
 *
 * The kernel sends a heartbeat about once a second, from a timer interrupt that
 * nothing masks but a cleared interrupt flag.  When the machine has been silent
 * for as long as a call may last, an NMI to every processor makes the kernel
 * report (C18).  If nothing comes even then, the tool gives up and asks QEMU
 * where the processors are.
 */
#define _GNU_SOURCE
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qmp.h"

#define TURN_MS          100
#define BREATH_US        1000 /* let bytes gather: QEMU writes them one by one */
#define LEAST_SILENCE_MS 3000 /* a busy host is not a silent machine */
#define NMI_GRACE_MS     5000
#define END_GRACE_MS     5000 /* from RecordEnd to QEMU's end */
#define TEXT_LIMIT       4096 /* kept of QEMU's messages and of what the boot program says */

struct supervisor {
    const struct machine_options *options;
    struct machine_result *result;
    struct run_model *model;
    struct records_parser parser;
    struct qemu qemu;
    struct buffer messages; /* QEMU's */
    struct buffer chatter;  /* what the guest wrote to its serial port */
    int signals;
    sigset_t old_mask;
    int64_t started, last_sign, nmi_sent, ended; /* milliseconds; 0 = not yet */
    bool records_open, done;
    bool child_gone;
    int child_status;
};

static void finish(struct supervisor *supervisor, enum machine_end end, char *text)
{
    if (!supervisor->done) {
        supervisor->done = true;
        supervisor->result->end = end;
        supervisor->result->text = text;
    } else {
        free(text);
    }
}

static void keep(struct buffer *buffer, const char *text, size_t length)
{
    size_t room = buffer->length < TEXT_LIMIT ? TEXT_LIMIT - buffer->length : 0;

    buffer_add(buffer, text, length < room ? length : room);
}

/* trim: cut line ends and what is no text from the end and the start of a message. */
static const char *trim(struct buffer *buffer)
{
    size_t start = 0;

    if (buffer->text == NULL) {
        return "";
    }
    for (size_t index = 0; index < buffer->length; index++) {
        unsigned char character = (unsigned char)buffer->text[index];

        if ((character < ' ' || character > '~') && character != '\n') {
            buffer->text[index] = ' ';
        }
    }
    while (buffer->length != 0 && strchr(" \n", buffer->text[buffer->length - 1]) != NULL) {
        buffer->text[--buffer->length] = '\0';
    }
    while (start < buffer->length && strchr(" \n", buffer->text[start]) != NULL) {
        start++;
    }
    return buffer->text + start;
}

static void read_records(struct supervisor *supervisor)
{
    static char part[64 * 1024];
    ssize_t got = read(supervisor->qemu.records, part, sizeof(part));

    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (got <= 0) {
        supervisor->records_open = false;
        return;
    }
    supervisor->last_sign = monotonic_ms();
    switch (
        records_feed(&supervisor->parser, part, (size_t)got, run_model_take, supervisor->model)) {
    case RECORDS_BAD:
        finish(supervisor, MACHINE_BAD_RECORD,
               xasprintf("%s, byte %" PRIu64 " of the channel", supervisor->parser.reason,
                         supervisor->parser.offset));
        break;
    case RECORDS_ENDED:
        supervisor->ended = supervisor->ended != 0 ? supervisor->ended : monotonic_ms();
        break;
    default:
        break;
    }
}

/* read_text: take what there is, keep its first part; close the descriptor at its end. */
static void read_text(int *fd, struct buffer *buffer)
{
    char part[1024];
    ssize_t got = read(*fd, part, sizeof(part));

    if (got > 0) {
        keep(buffer, part, (size_t)got);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(*fd);
        *fd = -1;
    }
}

static void read_signal(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;

    if (read(supervisor->signals, &info, sizeof(info)) != sizeof(info)) {
        return;
    }
    if (info.ssi_signo == SIGCHLD) {
        if (waitpid(supervisor->qemu.pid, &supervisor->child_status, WNOHANG) ==
            supervisor->qemu.pid) {
            supervisor->child_gone = true;
            supervisor->qemu.pid = -1;
        }
    } else {
        supervisor->result->signal = (int)info.ssi_signo;
        finish(supervisor, MACHINE_INTERRUPTED, NULL);
    }
}

static void drain_text(int *fd, struct buffer *buffer)
{
    struct pollfd wait = { *fd, POLLIN, 0 };

    while (*fd >= 0 && poll(&wait, 1, 0) > 0) {
        read_text(fd, buffer);
    }
}

/* drain: after QEMU's end take what it had still written. */
static void drain(struct supervisor *supervisor)
{
    struct pollfd wait = { supervisor->qemu.records, POLLIN, 0 };

    while (supervisor->records_open && !supervisor->done && poll(&wait, 1, 0) > 0) {
        read_records(supervisor);
    }
    drain_text(&supervisor->qemu.console, &supervisor->chatter);
    drain_text(&supervisor->qemu.messages, &supervisor->messages);
}

/*
 * judge_child: QEMU is gone; why?
 * => the guest ends QEMU by the exit device with an odd status; 0 is a reset, 1 QEMU's own error
 */
static void judge_child(struct supervisor *supervisor)
{
    int status = supervisor->child_status;
    const char *messages = trim(&supervisor->messages);
    const char *chatter = trim(&supervisor->chatter);

    if (supervisor->parser.state == RECORDS_ENDED) {
        finish(supervisor, MACHINE_ENDED, NULL);
    } else if (WIFSIGNALED(status)) {
        finish(supervisor, MACHINE_FAILED,
               xasprintf("QEMU was ended by signal %d (%s)%s%s", WTERMSIG(status),
                         strsignal(WTERMSIG(status)), messages[0] != '\0' ? ": " : "", messages));
    } else if (WEXITSTATUS(status) == 1 && supervisor->parser.count == 0) {
        finish(supervisor, MACHINE_FAILED,
               xasprintf("QEMU could not run the machine%s%s", messages[0] != '\0' ? ": " : "",
                         messages));
    } else if (supervisor->parser.count == 0 && chatter[0] != '\0') {
        finish(supervisor, MACHINE_FAILED, xasprintf("the machine did not come up: %s", chatter));
    } else {
        finish(supervisor, MACHINE_STOPPED, NULL);
    }
}

static int64_t silence_limit(const struct machine_options *options)
{
    int64_t limit = (int64_t)options->shape.watchdog * 1000;

    return limit < LEAST_SILENCE_MS ? LEAST_SILENCE_MS : limit;
}

/* give_up: end the run, and learn where the processors are. */
static void give_up(struct supervisor *supervisor, enum machine_end end)
{
    struct machine_result *result = supervisor->result;

    result->places = qmp_read_places(supervisor->qemu.qmp, &result->place_count);
    finish(supervisor, end, NULL);
}

/* check_clock: what time alone brings about. */
static void check_clock(struct supervisor *supervisor)
{
    const struct machine_options *options = supervisor->options;
    int64_t now = monotonic_ms();
    int64_t silence = now - supervisor->last_sign;

    if (options->tick != NULL) {
        options->tick(options->context, now - supervisor->started);
    }
    if (supervisor->ended != 0 && now - supervisor->ended > END_GRACE_MS) {
        finish(supervisor, MACHINE_ENDED, NULL);
    }
    if (options->timeout == 0 || supervisor->done || supervisor->ended != 0) {
        return;
    }
    if (now - supervisor->started > (int64_t)options->timeout * 1000) {
        give_up(supervisor, MACHINE_TIMEOUT);
    } else if (supervisor->nmi_sent != 0 && supervisor->last_sign < supervisor->nmi_sent &&
               now - supervisor->nmi_sent > NMI_GRACE_MS) {
        give_up(supervisor, MACHINE_SILENT);
    } else if (supervisor->model->hello_seen && silence > silence_limit(options) &&
               supervisor->nmi_sent < supervisor->last_sign) {
        supervisor->nmi_sent = now;
        qmp_send_nmi(supervisor->qemu.qmp);
    }
}

static void supervise(struct supervisor *supervisor)
{
    supervisor->records_open = true;
    while (!supervisor->done) {
        struct pollfd waits[] = {
            { supervisor->records_open ? supervisor->qemu.records : -1, POLLIN, 0 },
            { supervisor->qemu.console, POLLIN, 0 },
            { supervisor->qemu.messages, POLLIN, 0 },
            { supervisor->signals, POLLIN, 0 },
        };

        if (supervisor->child_gone) {
            drain(supervisor);
            judge_child(supervisor);
            return;
        }
        if (poll(waits, sizeof(waits) / sizeof(waits[0]), TURN_MS) > 0) {
            if (waits[0].revents != 0) {
                usleep(BREATH_US);
                read_records(supervisor);
            }
            if (waits[1].revents != 0) {
                read_text(&supervisor->qemu.console, &supervisor->chatter);
            }
            if (waits[2].revents != 0) {
                read_text(&supervisor->qemu.messages, &supervisor->messages);
            }
            if (waits[3].revents != 0) {
                read_signal(supervisor);
            }
        }
        check_clock(supervisor);
    }
}

/* catch_signals: from here on signals are read, not delivered. */
static void catch_signals(struct supervisor *supervisor)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &supervisor->old_mask);
    supervisor->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void release(struct supervisor *supervisor)
{
    qemu_end(&supervisor->qemu);
    close(supervisor->signals);
    sigprocmask(SIG_SETMASK, &supervisor->old_mask, NULL);
    buffer_free(&supervisor->messages);
    buffer_free(&supervisor->chatter);
}

void machine_qemu_run(const struct machine_options *options, struct run_model *model,
                      struct machine_result *result)
{
    struct supervisor *supervisor = xcalloc(1, sizeof(*supervisor));
    char *failure;

    supervisor->options = options;
    supervisor->result = result;
    supervisor->model = model;
    supervisor->started = monotonic_ms();
    supervisor->last_sign = supervisor->started;
    records_begin(&supervisor->parser);
    catch_signals(supervisor);
    failure = qemu_start(&supervisor->qemu, &options->shape, &options->qemu);
    if (failure != NULL) {
        finish(supervisor, MACHINE_FAILED, failure);
    } else {
        supervise(supervisor);
    }
    release(supervisor);
    free(supervisor);
}
