/* SPDX-License-Identifier: MIT */
/*
 * archive.h: which files the kernel is started with.
 *
 * The archive (cpio, newc) holds kernel/ntoskrnl.exe, kernel/hal.dll and
 * driver/NAME for every driver, in the order in which they are to be loaded;
 * drivers' names may repeat.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_MAXIMUM_DRIVERS 64u
#define ARCHIVE_NAME_SIZE       256u /* of a driver, terminator included: LOADER_FILE's */

/* Points into the archive. */
struct archive_file {
    const char *name; /* base name */
    const uint8_t *data;
    size_t size;
};

struct archive {
    struct archive_file kernel;
    struct archive_file hal;
    struct archive_file drivers[ARCHIVE_MAXIMUM_DRIVERS];
    size_t driver_count;
};

/*
 * archive_read: sort an archive's files by what they are for.
 * => fails the boot if the archive is damaged, lacks the kernel or the HAL, or
 *    holds anything else
 */
void archive_read(const uint8_t *bytes, size_t size, struct archive *archive);

/*
 * archive_add_driver: add a driver behind those that are there.
 * => fails the boot if its name is no base name, or there are too many
 */
void archive_add_driver(struct archive *archive, const struct archive_file *file);
