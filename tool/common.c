/* SPDX-License-Identifier: MIT */
/*
 * common.c: messages, memory and growing text for the allcall command.
 */
#define _GNU_SOURCE
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Largest input file that is read: what the loader takes at most, and a byte. */
#define FILE_LIMIT (1024l * 1024 * 1024)

void complain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fflush(stdout);
    fputs("allcall: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static void *checked(void *memory)
{
    if (memory == NULL) {
        complain("out of memory");
        exit(EXIT_MACHINE);
    }
    return memory;
}

void complain_lines(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        complain("%.*s", (int)length, text);
        text += length;
        text += *text == '\n';
    }
}

void *xmalloc(size_t size)
{
    return checked(malloc(size != 0 ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return checked(calloc(count != 0 ? count : 1, size != 0 ? size : 1));
}

void *xrealloc(void *memory, size_t size)
{
    return checked(realloc(memory, size != 0 ? size : 1));
}

char *xstrdup(const char *text)
{
    return checked(strdup(text));
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    return checked(text);
}

void grow_array(void *array, size_t count, size_t *capacity, size_t element)
{
    void **pointer = array;

    if (count == *capacity) {
        *capacity = *capacity != 0 ? 2 * *capacity : 16;
        *pointer = checked(reallocarray(*pointer, *capacity, element));
    }
}

static void buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t need = buffer->length + more + 1;

    if (need > buffer->capacity) {
        buffer->capacity = need > 2 * buffer->capacity ? need : 2 * buffer->capacity;
        buffer->text = xrealloc(buffer->text, buffer->capacity);
    }
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
    buffer_reserve(buffer, length);
    if (length != 0) {
        memcpy(buffer->text + buffer->length, bytes, length);
    }
    buffer->length += length;
    buffer->text[buffer->length] = '\0';
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    checked(length < 0 ? NULL : text);
    buffer_add(buffer, text, (size_t)length);
    free(text);
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->text);
    memset(buffer, 0, sizeof(*buffer));
}

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* read_all: read size bytes from a file that may shrink meanwhile. */
static bool read_all(int fd, uint8_t *bytes, size_t *size, const char **reason)
{
    size_t done = 0;

    while (done < *size) {
        ssize_t got = read(fd, bytes + done, *size - done);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            *reason = strerror(errno);
            return false;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    *size = done;
    return true;
}

uint8_t *read_whole_file(const char *path, size_t *size, const char **reason)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    uint8_t *bytes = NULL;
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0) {
        *reason = strerror(errno);
    } else if (S_ISDIR(status.st_mode)) {
        *reason = "a folder, not a file";
    } else if (!S_ISREG(status.st_mode)) {
        *reason = "not a regular file";
    } else if (status.st_size > FILE_LIMIT) {
        *reason = "larger than 1 GiB";
    } else {
        *size = (size_t)status.st_size;
        bytes = xmalloc(*size);
        if (!read_all(fd, bytes, size, reason)) {
            free(bytes);
            bytes = NULL;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return bytes;
}

int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
