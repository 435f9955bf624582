/* SPDX-License-Identifier: MIT */
/*
 * archive.c: which files the kernel is started with.
 */
#include "archive.h"

#include <string.h>

#include "console.h"
#include "cpio.h"

#define KERNEL_FOLDER "kernel/"
#define DRIVER_FOLDER "driver/"

/*
 * without_folder: the rest of a name behind a folder, NULL if it is elsewhere.
 */
static const char *without_folder(const char *name, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(name, folder, length) == 0 ? name + length : NULL;
}

static void set_once(struct archive_file *file, const char *name, const struct cpio_entry *entry)
{
    if (file->name != NULL) {
        boot_fail("the archive holds %s twice", entry->name);
    }
    *file = (struct archive_file){name, entry->data, entry->size};
}

void archive_add_driver(struct archive *archive, const struct archive_file *file)
{
    size_t length = strlen(file->name);

    if (length == 0 || length >= ARCHIVE_NAME_SIZE || strchr(file->name, '/') != NULL ||
        strchr(file->name, '\\') != NULL) {
        boot_fail("the driver name '%s' is no base name of at most %u characters", file->name,
                  ARCHIVE_NAME_SIZE - 1);
    }
    if (archive->driver_count == ARCHIVE_MAXIMUM_DRIVERS) {
        boot_fail("there are more than %u drivers", ARCHIVE_MAXIMUM_DRIVERS);
    }
    archive->drivers[archive->driver_count] = *file;
    archive->driver_count++;
}

static void add(struct archive *archive, const struct cpio_entry *entry)
{
    const char *kernel = without_folder(entry->name, KERNEL_FOLDER);
    const char *driver = without_folder(entry->name, DRIVER_FOLDER);

    if ((entry->mode & CPIO_TYPE_MASK) == CPIO_TYPE_DIRECTORY) {
        return;
    }
    if ((entry->mode & CPIO_TYPE_MASK) == CPIO_TYPE_FILE) {
        if (driver != NULL) {
            archive_add_driver(archive,
                               &(struct archive_file){driver, entry->data, entry->size});
            return;
        }
        if (kernel != NULL && strcmp(kernel, "ntoskrnl.exe") == 0) {
            set_once(&archive->kernel, kernel, entry);
            return;
        }
        if (kernel != NULL && strcmp(kernel, "hal.dll") == 0) {
            set_once(&archive->hal, kernel, entry);
            return;
        }
    }
    boot_fail("the archive holds '%s', which has no place here", entry->name);
}

void archive_read(const uint8_t *bytes, size_t size, struct archive *archive)
{
    struct cpio_reader reader = {bytes, size, 0};
    struct cpio_entry entry;
    enum cpio_status status;

    *archive = (struct archive){0};
    while ((status = cpio_next(&reader, &entry)) == CPIO_ENTRY) {
        add(archive, &entry);
    }
    if (status != CPIO_END) {
        boot_fail("the archive %s, at offset %llx", cpio_status_text(status),
                  (unsigned long long)reader.offset);
    }
    if (archive->kernel.name == NULL) {
        boot_fail("the archive lacks kernel/ntoskrnl.exe");
    }
    if (archive->hal.name == NULL) {
        boot_fail("the archive lacks kernel/hal.dll");
    }
}
