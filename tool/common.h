/* SPDX-License-Identifier: MIT */
/*
 * common.h: what every part of the allcall command needs: exit statuses,
 * messages, memory that is there or ends the program, growing text.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ALLCALL_VERSION
#define ALLCALL_VERSION "unknown" /* the build says which */
#endif

/* --accel's default: the processors take turns on one thread of the host. */
#define ACCEL_TURNS "tcg"

/* Exit statuses of the command. */
enum {
    EXIT_CLEAN = 0,   /* nothing found */
    EXIT_FINDING = 1, /* a finding */
    EXIT_USAGE = 2,   /* the command line or an input file is wrong */
    EXIT_MACHINE = 3, /* the machine never came up or failed itself */
};

/*
 * complain: write "allcall: MESSAGE" and a newline to standard error.
 */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * complain_lines: the same for each line of a text.
 */
void complain_lines(const char *text);

/*
 * xmalloc, xrealloc, xcalloc, xstrdup, xasprintf: as in C, but without memory the program ends with
 * EXIT_MACHINE and a message.
 */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *memory, size_t size);
char *xstrdup(const char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * grow_array: make room for one more element in *array.
 * => *capacity is in elements and doubles; the array may move
 */
void grow_array(void *array, size_t count, size_t *capacity, size_t element);

/* Growing bytes; all zero is empty.  text[length] is always NUL once something was added. */
struct buffer {
    char *text;
    size_t length;
    size_t capacity;
};

void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_free(struct buffer *buffer);

/*
 * base_name: what follows the last '/' of path, a pointer into it.
 */
const char *base_name(const char *path);

/*
 * read_whole_file: read a regular file.
 * => NULL and *reason on failure: "No such file or directory", "a folder, not a file", ...
 */
uint8_t *read_whole_file(const char *path, size_t *size, const char **reason);

/*
 * monotonic_ms: milliseconds of a clock that never goes back.
 */
int64_t monotonic_ms(void);
