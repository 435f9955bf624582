/* SPDX-License-Identifier: MIT */
/*
 * cpio.c: the "newc" format: per entry a header of 110 characters, the name
 * and the data, each padded with zeros to a multiple of four bytes; the last
 * entry is named TRAILER!!!.  All numbers are eight hexadecimal digits.
 * Reference: cpio(5), "New ASCII Format".
 */
#include "cpio.h"

#include <stdbool.h>
#include <string.h>

#define MAGIC       "070701"
#define MAGIC_SIZE  6u
#define HEADER_SIZE 110u
#define DIGITS      8u
#define TRAILER     "TRAILER!!!"

/* Which of the header's numbers. */
#define FIELD_MODE      1u
#define FIELD_FILE_SIZE 6u
#define FIELD_NAME_SIZE 11u

static bool read_number(const uint8_t *header, unsigned field, uint32_t *number)
{
    const uint8_t *digits = header + MAGIC_SIZE + field * DIGITS;
    uint32_t value = 0;

    for (unsigned i = 0; i < DIGITS; i++) {
        uint8_t digit = digits[i];

        if (digit >= '0' && digit <= '9') {
            value = value << 4 | (uint32_t)(digit - '0');
        } else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') {
            value = value << 4 | (uint32_t)((digit | 0x20) - 'a' + 10);
        } else {
            return false;
        }
    }
    *number = value;
    return true;
}

/*
 * take: step over a piece and its padding.
 * => false: the piece does not fit; missing padding at the very end is no error
 */
static bool take(struct cpio_reader *reader, size_t size)
{
    size_t left = reader->size - reader->offset;

    if (size > left) {
        return false;
    }
    reader->offset += size;
    left -= size;
    size = -reader->offset & 3;
    reader->offset += size < left ? size : left;
    return true;
}

enum cpio_status cpio_next(struct cpio_reader *reader, struct cpio_entry *entry)
{
    const uint8_t *header = reader->bytes + reader->offset;
    uint32_t mode, file_size, name_size;
    const char *name;
    const uint8_t *data;

    if (reader->size - reader->offset < HEADER_SIZE) {
        return CPIO_TRUNCATED;
    }
    if (memcmp(header, MAGIC, MAGIC_SIZE) != 0) {
        return CPIO_BAD_MAGIC;
    }
    if (!read_number(header, FIELD_MODE, &mode) ||
        !read_number(header, FIELD_FILE_SIZE, &file_size) ||
        !read_number(header, FIELD_NAME_SIZE, &name_size)) {
        return CPIO_BAD_NUMBER;
    }
    name = (const char *)header + HEADER_SIZE;
    /* Header and name are padded together. */
    if (name_size > reader->size || !take(reader, (size_t)HEADER_SIZE + name_size)) {
        return CPIO_TRUNCATED;
    }
    if (name_size < 2 || memchr(name, '\0', name_size) != name + name_size - 1) {
        return CPIO_BAD_NAME;
    }
    if (strcmp(name, TRAILER) == 0) {
        return CPIO_END;
    }
    data = reader->bytes + reader->offset;
    if (!take(reader, file_size)) {
        return CPIO_TRUNCATED;
    }
    *entry = (struct cpio_entry){name, data, file_size, mode};
    return CPIO_ENTRY;
}

const char *cpio_status_text(enum cpio_status status)
{
    switch (status) {
    case CPIO_TRUNCATED:
        return "is truncated";
    case CPIO_BAD_MAGIC:
        return "is not a cpio archive in newc format, or damaged";
    case CPIO_BAD_NUMBER:
        return "has a header with a number that is none";
    case CPIO_BAD_NAME:
        return "has an entry with a damaged name";
    default:
        return "is fine";
    }
}
