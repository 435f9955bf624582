/* SPDX-License-Identifier: MIT */
/*
 * json.c: a JSON writer.
 */
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common.h"

void json_begin(struct json *json, FILE *file)
{
    memset(json, 0, sizeof(*json));
    json->file = file;
}

static void new_line(struct json *json)
{
    fprintf(json->file, "\n%*s", 2 * (int)json->depth, "");
}

/*
 * utf8_length: bytes of the valid sequence that text begins with.
 * => 0 if it begins with none
 */
static size_t utf8_length(const unsigned char *text, size_t length)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t bytes = text[0] < 0x80       ? 1
                   : text[0] >> 5 == 6  ? 2
                   : text[0] >> 4 == 14 ? 3
                   : text[0] >> 3 == 30 ? 4
                                        : 0;
    uint32_t code = bytes > 1 ? text[0] & (0x7Fu >> bytes) : text[0];

    if (bytes == 0 || bytes > length) {
        return 0;
    }
    for (size_t index = 1; index < bytes; index++) {
        if (text[index] >> 6 != 2) {
            return 0;
        }
        code = code << 6 | (text[index] & 0x3F);
    }
    return code < least[bytes] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0 : bytes;
}

static void write_character(FILE *file, unsigned char character)
{
    switch (character) {
    case '"':
    case '\\':
        fprintf(file, "\\%c", character);
        break;
    case '\n':
        fputs("\\n", file);
        break;
    case '\r':
        fputs("\\r", file);
        break;
    case '\t':
        fputs("\\t", file);
        break;
    default:
        fprintf(file, character < 0x20 || character == 0x7F ? "\\u%04x" : "%c", character);
        break;
    }
}

static void write_string(FILE *file, const char *text, size_t length)
{
    const unsigned char *next = (const unsigned char *)text;

    fputc('"', file);
    while (length != 0) {
        size_t bytes = utf8_length(next, length);

        if (bytes == 0) {
            fputs("\\ufffd", file);
            bytes = 1;
        } else if (bytes == 1) {
            write_character(file, *next);
        } else {
            fwrite(next, 1, bytes, file);
        }
        next += bytes;
        length -= bytes;
    }
    fputc('"', file);
}

/* begin_member: the comma, the place and the name of what is written next. */
static void begin_member(struct json *json, const char *name)
{
    if (json->depth != 0) {
        bool flat = json->inside[json->depth];

        if (json->filled[json->depth]) {
            fputs(flat ? ", " : ",", json->file);
        }
        if (!flat) {
            new_line(json);
        }
        json->filled[json->depth] = true;
    }
    if (name != NULL) {
        write_string(json->file, name, strlen(name));
        fputs(": ", json->file);
    }
}

static void open_level(struct json *json, const char *name, bool flat, char bracket)
{
    bool inside = json->inside[json->depth] || flat;

    begin_member(json, name);
    fputc(bracket, json->file);
    json->depth++;
    json->filled[json->depth] = false;
    json->inside[json->depth] = inside;
}

static void close_level(struct json *json, char bracket)
{
    bool broken = json->filled[json->depth] && !json->inside[json->depth];

    json->depth--;
    if (broken) {
        new_line(json);
    }
    fputc(bracket, json->file);
}

void json_open_object(struct json *json, const char *name, bool flat)
{
    open_level(json, name, flat, '{');
}

void json_close_object(struct json *json)
{
    close_level(json, '}');
}

void json_open_array(struct json *json, const char *name, bool flat)
{
    open_level(json, name, flat, '[');
}

void json_close_array(struct json *json)
{
    close_level(json, ']');
}

void json_bytes(struct json *json, const char *name, const char *text, size_t length)
{
    begin_member(json, name);
    write_string(json->file, text, length);
}

void json_text(struct json *json, const char *name, const char *text)
{
    if (text == NULL) {
        json_null(json, name);
    } else {
        json_bytes(json, name, text, strlen(text));
    }
}

void json_number(struct json *json, const char *name, int64_t number)
{
    begin_member(json, name);
    fprintf(json->file, "%" PRId64, number);
}

void json_real(struct json *json, const char *name, double number)
{
    begin_member(json, name);
    fprintf(json->file, "%.1f", number);
}

void json_precise(struct json *json, const char *name, double number)
{
    begin_member(json, name);
    fprintf(json->file, "%.6g", number);
}

void json_hex(struct json *json, const char *name, uint64_t number, int digits)
{
    begin_member(json, name);
    fprintf(json->file, "\"0x%0*" PRIX64 "\"", digits, number);
}

void json_truth(struct json *json, const char *name, bool truth)
{
    begin_member(json, name);
    fputs(truth ? "true" : "false", json->file);
}

void json_null(struct json *json, const char *name)
{
    begin_member(json, name);
    fputs("null", json->file);
}

bool json_file_open(const char *name, FILE **file)
{
    *file = NULL;
    if (name != NULL) {
        *file = strcmp(name, "-") == 0 ? stdout : fopen(name, "we");
        if (*file == NULL) {
            complain("%s: %s", name, strerror(errno));
            return false;
        }
    }
    return true;
}

bool json_file_close(const char *name, FILE *file)
{
    bool failed;

    if (file == NULL) {
        return true;
    }
    failed = fflush(file) != 0 || ferror(file);
    if (file != stdout) {
        failed = fclose(file) != 0 || failed;
    }
    if (failed) {
        complain("%s: %s", name, strerror(errno));
    }
    return !failed;
}

void json_end(struct json *json)
{
    fputc('\n', json->file);
}
