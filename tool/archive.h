/* SPDX-License-Identifier: MIT */
/*
 * archive.h: the cpio archive ("newc") in which a boot path finds kernel, HAL
 * and drivers, as an anonymous file in memory.
 */
#pragma once

#include <stddef.h>

struct archive_file {
    const char *name; /* inside the archive: "driver/sample.sys" */
    const void *bytes;
    size_t size;
};

/*
 * archive_create: write an archive of the files, in their order.
 * => a file descriptor that a child may inherit, positioned at 0; -1 after a message
 */
int archive_create(const struct archive_file *files, size_t count);
