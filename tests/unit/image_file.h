/* SPDX-License-Identifier: MIT */
/* image_file.h: for tests: the files that the command line names, as the machine takes them. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

/* image_file: read a file; its name is the last part of its path.  No file: the test ends. */
static inline struct sim_file image_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;
    long size;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0) {
        perror(path);
        exit(2);
    }
    rewind(file);
    bytes = malloc((size_t)size);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return (struct sim_file){ slash != NULL ? slash + 1 : path, bytes, (size_t)size };
}
