/* SPDX-License-Identifier: MIT */
/*
 * json.h: write JSON as it is made, so that a long report needs no memory.
 *
 * Commas, indentation and quoting are the writer's; the caller opens and
 * closes.  Text that is not UTF-8 is written with U+FFFD in place of what is wrong.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH 16

struct json {
    FILE *file;
    unsigned depth;
    bool filled[JSON_DEPTH]; /* this level has a member */
    bool inside[JSON_DEPTH]; /* this level is written on one line */
};

void json_begin(struct json *json, FILE *file);

/* name: NULL inside an array.  flat: on one line. */
void json_open_object(struct json *json, const char *name, bool flat);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *name, bool flat);
void json_close_array(struct json *json);

void json_text(struct json *json, const char *name, const char *text); /* NULL = null */
void json_bytes(struct json *json, const char *name, const char *text, size_t length);
void json_number(struct json *json, const char *name, int64_t number);
void json_real(struct json *json, const char *name, double number);
void json_precise(struct json *json, const char *name, double number);
void json_hex(struct json *json, const char *name, uint64_t number, int digits); /* "0x..." */
void json_truth(struct json *json, const char *name, bool truth);
void json_null(struct json *json, const char *name);

/*
 * json_file_open: where --json says; name NULL = nowhere, "-" = standard output.
 * => false after a message
 */
bool json_file_open(const char *name, FILE **file);

/*
 * json_file_close: => false after a message: it could not be written
 */
bool json_file_close(const char *name, FILE *file);

/*
 * json_end: finish the text with a newline.
 */
void json_end(struct json *json);
