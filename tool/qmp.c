/* SPDX-License-Identifier: MIT */
/*
 * qmp.c: commands on QEMU's control socket.
 *
 * QEMU answers in JSON.  Nothing but the text of `info registers` is of
 * interest in it, so it is searched for "RIP=" and taken no further apart.
 */
#include "qmp.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_LIMIT (8u * 1024 * 1024)
#define PATIENCE_MS  2000

/* The protocol begins with this; to send it twice is an error that changes nothing. */
#define GREETING "{\"execute\": \"qmp_capabilities\"}\n"
#define MARK     "places"

static void send_text(int socket, const char *text)
{
    (void)!send(socket, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void qmp_send_nmi(int socket)
{
    send_text(socket, GREETING "{\"execute\": \"inject-nmi\"}\n");
}

/* read_answer: what comes until the marked answer has come whole, or patience ends. */
static void read_answer(int socket, struct buffer *answer)
{
    int64_t end = monotonic_ms() + PATIENCE_MS;
    const char *mark = NULL;

    while (answer->length < ANSWER_LIMIT && monotonic_ms() < end) {
        struct pollfd wait = { socket, POLLIN, 0 };
        char part[4096];
        ssize_t got;

        if (poll(&wait, 1, (int)(end - monotonic_ms())) <= 0) {
            return;
        }
        got = read(socket, part, sizeof(part));
        if (got <= 0) {
            return;
        }
        buffer_add(answer, part, (size_t)got);
        mark = strstr(answer->text, "\"id\": \"" MARK "\"");
        if (mark != NULL && strchr(mark, '\n') != NULL) {
            return;
        }
    }
}

uint64_t *qmp_read_places(int socket, size_t *count)
{
    uint64_t *places = NULL;
    struct buffer answer = { 0 };
    size_t capacity = 0;

    *count = 0;
    send_text(socket,
              GREETING "{\"execute\": \"stop\"}\n"
                       "{\"execute\": \"human-monitor-command\", \"arguments\": "
                       "{\"command-line\": \"info registers -a\"}, \"id\": \"" MARK "\"}\n");
    read_answer(socket, &answer);
    for (const char *next = answer.text; next != NULL;) {
        next = strstr(next, "RIP=");
        if (next != NULL) {
            next += 4;
            grow_array(&places, *count, &capacity, sizeof(*places));
            places[(*count)++] = strtoull(next, NULL, 16);
        }
    }
    buffer_free(&answer);
    return places;
}
