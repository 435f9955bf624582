/* SPDX-License-Identifier: MIT */
/*
 * requests.c: the requests of the command line, checked before anything starts.
 */
#include "requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "option_values.h"

static const char *const names[] = {
    [REQUEST_IOCTL] = "ioctl", [REQUEST_READ] = "read", [REQUEST_WRITE] = "write"
};

const char *request_name(const struct request *request)
{
    return names[request->kind];
}

/* parse_code: a number of 32 bits, as in C.  => false: it is none; *end is behind it */
static bool parse_code(const char *text, uint32_t *code, char **end)
{
    unsigned long long number;
    bool digits;

    errno = 0;
    number = strtoull(text, end, 0);
    digits = text[0] >= '0' && text[0] <= '9';
    *code = (uint32_t)number;
    return digits && errno == 0 && number <= UINT32_MAX;
}

/* take_hex: pairs of hexadecimal digits to the end of the text.  => false: it is anything else */
static bool take_hex(struct request *request, const char *text)
{
    size_t length = strlen(text);

    if (length % 2 != 0 || strspn(text, "0123456789abcdefABCDEF") != length) {
        return false;
    }
    request->hex = text;
    request->length = (uint32_t)(length / 2);
    return true;
}

static void take_ioctl(struct argp_state *state, struct request *request, const char *value)
{
    char *end;

    if (!parse_code(value, &request->code, &end) || (*end != '\0' && *end != ':')) {
        argp_error(state, "--ioctl %.60s: CODE[:HEX] is expected, with a code of 32 bits such as "
                          "0x222000", value);
    } else if (*end == ':' && !take_hex(request, end + 1)) {
        argp_error(state, "--ioctl %.60s: pairs of hexadecimal digits are expected after the colon",
                   value);
    }
}

/* tell_kernel: add a request to the kernel's text, as kernel/io/request.c reads it. */
static void tell_kernel(struct buffer *text, const struct request *request)
{
    const char *hex = request->hex != NULL ? request->hex : "";

    buffer_print(text, "%s", text->length != 0 ? "," : "");
    switch (request->kind) {
    case REQUEST_IOCTL:
        buffer_print(text, "c%x:%s", request->code, hex);
        break;
    case REQUEST_READ:
        buffer_print(text, "r%u", request->length);
        break;
    case REQUEST_WRITE:
        buffer_print(text, "w%s", hex);
        break;
    }
}

void requests_add(struct argp_state *state, struct requests *requests, enum request_kind kind,
                  const char *value)
{
    struct request request = { .kind = kind };

    switch (kind) {
    case REQUEST_IOCTL:
        take_ioctl(state, &request, value);
        break;
    case REQUEST_READ:
        request.length = (uint32_t)option_number(state, names[kind], value, 0, REQUEST_READ_LIMIT);
        break;
    case REQUEST_WRITE:
        if (!take_hex(&request, value)) {
            argp_error(state, "--write %.60s: pairs of hexadecimal digits are expected", value);
        }
        break;
    }
    tell_kernel(&requests->text, &request);
    if (requests->text.length > REQUESTS_TEXT_LIMIT) {
        argp_error(state, "--%s: the requests are too long: all together may have about %u bytes",
                   names[kind], REQUESTS_TEXT_LIMIT / 2);
    }
    grow_array(&requests->list, requests->count, &requests->capacity, sizeof(request));
    requests->list[requests->count++] = request;
}

void requests_replay(const struct requests *requests, struct buffer *line)
{
    for (size_t index = 0; index < requests->count; index++) {
        const struct request *request = &requests->list[index];

        buffer_print(line, " --%s ", request_name(request));
        switch (request->kind) {
        case REQUEST_IOCTL:
            buffer_print(line, "0x%X%s%s", request->code, request->hex != NULL ? ":" : "",
                         request->hex != NULL ? request->hex : "");
            break;
        case REQUEST_READ:
            buffer_print(line, "%u", request->length);
            break;
        case REQUEST_WRITE:
            buffer_print(line, "%s", request->length != 0 ? request->hex : "''");
            break;
        }
    }
}

void requests_free(struct requests *requests)
{
    free(requests->list);
    buffer_free(&requests->text);
}
