/* SPDX-License-Identifier: MIT */
/*
 * progress.c: the progress line.
 */
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORTH_MS 500

void progress_begin(struct progress *progress)
{
    memset(progress, 0, sizeof(*progress));
    progress->enabled = isatty(STDERR_FILENO);
}

void progress_say(struct progress *progress, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(progress->text, sizeof(progress->text), format, arguments);
    va_end(arguments);
}

void progress_draw(struct progress *progress, int64_t elapsed_ms)
{
    if (progress->enabled && elapsed_ms >= WORTH_MS) {
        fprintf(stderr, "\r\033[K%s, %lld s", progress->text, (long long)(elapsed_ms / 1000));
        fflush(stderr);
        progress->shown = true;
    }
}

void progress_clear(struct progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->shown = false;
    }
}
