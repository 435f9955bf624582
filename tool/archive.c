/* SPDX-License-Identifier: MIT */
/*
 * archive.c: write a cpio archive ("newc": ASCII header of 110 bytes, name and
 * data each padded to four bytes, a last entry named TRAILER!!!).
 */
#define _GNU_SOURCE
#include "archive.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"

static bool write_all(int fd, const void *bytes, size_t size)
{
    const char *next = bytes;

    while (size != 0) {
        ssize_t done = write(fd, next, size);

        if (done < 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            next += done;
            size -= (size_t)done;
        }
    }
    return true;
}

static bool write_entry(int fd, const struct archive_file *file, unsigned number)
{
    static const char padding[4];
    size_t name_size = strlen(file->name) + 1;
    struct buffer header = { 0 };
    bool done;

    buffer_print(&header, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", number,
                 0100644u, 0u, 0u, 1u, 0u, file->size, 0u, 0u, 0u, 0u, name_size, 0u);
    buffer_add(&header, file->name, name_size);
    buffer_add(&header, padding, -header.length & 3);
    done = write_all(fd, header.text, header.length) && write_all(fd, file->bytes, file->size) &&
           write_all(fd, padding, -file->size & 3);
    buffer_free(&header);
    return done;
}

int archive_create(const struct archive_file *files, size_t count)
{
    static const struct archive_file trailer = { "TRAILER!!!", "", 0 };
    int fd = memfd_create("allcall-initrd", 0);
    bool done = fd >= 0;

    for (size_t index = 0; done && index < count; index++) {
        done = write_entry(fd, &files[index], (unsigned)index + 1);
    }
    if (!done || !write_entry(fd, &trailer, 0) || lseek(fd, 0, SEEK_SET) != 0) {
        complain("cannot hand the drivers to the machine: %s", strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}
