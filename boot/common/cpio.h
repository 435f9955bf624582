/* SPDX-License-Identifier: MIT */
/*
 * cpio.h: reads an archive in the "newc" format, in place.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum cpio_status {
    CPIO_ENTRY,
    CPIO_END,
    CPIO_TRUNCATED,
    CPIO_BAD_MAGIC,
    CPIO_BAD_NUMBER,
    CPIO_BAD_NAME,
};

#define CPIO_TYPE_MASK      0170000u
#define CPIO_TYPE_FILE      0100000u
#define CPIO_TYPE_DIRECTORY 0040000u

struct cpio_reader {
    const uint8_t *bytes;
    size_t size;
    size_t offset; /* of the next header; 0 at the start */
};

/* Points into the archive. */
struct cpio_entry {
    const char *name; /* terminated */
    const uint8_t *data;
    size_t size;
    uint32_t mode;    /* as in stat(2) */
};

/*
 * cpio_next: read the next entry.
 * => *entry is written with CPIO_ENTRY only
 * => CPIO_END at the trailer; what lies behind it is not looked at
 * => an archive that stops without a trailer is CPIO_TRUNCATED
 */
enum cpio_status cpio_next(struct cpio_reader *reader, struct cpio_entry *entry);

/*
 * cpio_status_text: what is wrong, as a clause that continues "the archive ".
 */
const char *cpio_status_text(enum cpio_status status);
