/* SPDX-License-Identifier: MIT */
/*
 * progress.h: one line on the terminal that says what a long run is doing.
 *
 * It is shown on standard error, and only if that is a terminal; it is taken
 * away before anything else is written.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool enabled;
    bool shown;
    char text[160];
};

void progress_begin(struct progress *progress);
void progress_say(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * progress_draw: show the line if the run has lasted long enough to be worth it.
 */
void progress_draw(struct progress *progress, int64_t elapsed_ms);

void progress_clear(struct progress *progress);
