/* SPDX-License-Identifier: MIT */
/*
 * requests.h: the requests of the command line (--ioctl, --read, --write), in their order.
 */
#pragma once

#include <argp.h>
#include <stdbool.h>

#include "common.h"

#define REQUESTS_TEXT_LIMIT 49152u /* characters that the kernel is told at most */
#define REQUEST_READ_LIMIT  32768u /* bytes of one --read */

enum request_kind { REQUEST_IOCTL, REQUEST_READ, REQUEST_WRITE };

struct request {
    enum request_kind kind;
    uint32_t code;   /* REQUEST_IOCTL */
    uint32_t length; /* REQUEST_READ: of the output; else of the input */
    const char *hex; /* the input: 2 * length digits in the command line */
};

struct requests {
    struct request *list;
    size_t count, capacity;
    struct buffer text; /* as the kernel is told, see kernel/io/request.c */
};

/*
 * requests_add: take the value of an option.
 * => ends the program with the usual message (argp_error) if it is wrong
 */
void requests_add(struct argp_state *state, struct requests *requests, enum request_kind kind,
                  const char *value);

/*
 * requests_replay: " --ioctl 0x222000:01 --read 4", for a command line.
 */
void requests_replay(const struct requests *requests, struct buffer *line);

/*
 * request_name: "ioctl", "read", "write".
 */
const char *request_name(const struct request *request);

void requests_free(struct requests *requests);
