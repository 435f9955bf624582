/* SPDX-License-Identifier: MIT */
/*
 * load_set.c: read drivers, and refuse at once what cannot run: not a file, not
 * an x64 kernel image, cut off, or in need of a function that the kernel lacks.
 */
#include "load_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "archive.h"
#include "paths.h"

/* What the boot path has room for. */
#define NAME_LIMIT   200u
#define DRIVER_LIMIT 64u

/* The walk over one driver's imports. */
struct import_check {
    const struct load_file *driver;
    PE_MODULE_TABLE modules;
    unsigned missing;
};

/* open_file: read a file and check its headers.  => false after a message */
static bool open_file(struct load_file *file)
{
    const char *reason = NULL;
    PE_STATUS status;

    file->name = base_name(file->path);
    file->bytes = read_whole_file(file->path, &file->size, &reason);
    if (file->bytes == NULL) {
        complain("%s: %s", file->path, reason);
        return false;
    }
    status = pe_file_open(&file->pe, file->bytes, file->size);
    if (status != PE_SUCCESS) {
        complain("%s %s", file->path, LdrPeStatusText(status));
        return false;
    }
    file->open = true;
    if (file->size < file->pe.image.FileExtent) {
        complain("%s is cut off: it has %zu of %llu bytes", file->path, file->size,
                 (unsigned long long)file->pe.image.FileExtent);
        return false;
    }
    return true;
}

static PE_STATUS check_import(void *context, const PE_IMPORT *import)
{
    struct import_check *check = context;
    PE_SYMBOL symbol;
    PE_STATUS status = LdrPeResolve(&check->modules, import, &symbol);

    if (status == PE_SUCCESS) {
        return PE_SUCCESS;
    }
    if (check->missing++ == 0) {
        complain("%s cannot be loaded, because it needs what does not exist here:",
                 check->driver->path);
    }
    if (import->Name != NULL) {
        fprintf(stderr, "  %s!%s", import->Module, import->Name);
    } else {
        fprintf(stderr, "  %s!#%u", import->Module, import->Ordinal);
    }
    fprintf(stderr, "%s\n",
            status == PE_MODULE_NOT_FOUND
                ? "  (there is no such module: only ntoskrnl.exe, hal.dll and the drivers before this one)"
                : "");
    return PE_SUCCESS;
}

/* module: a file as the resolver wants it. */
static PE_MODULE module(const char *name, const struct load_file *file)
{
    return (PE_MODULE){ name, file->pe.view, file->pe.image.ImageBase, file->pe.image };
}

/*
 * check_imports: look every import of a driver up: in the kernel, the HAL and the drivers before it.
 * => false after messages
 */
static bool check_imports(const struct load_set *set, size_t index)
{
    const struct load_file *driver = &set->drivers[index];
    PE_MODULE modules[DRIVER_LIMIT + 2] = { module("ntoskrnl.exe", &set->ntoskrnl),
                                            module("hal.dll", &set->hal) };
    struct import_check check = { driver, { modules, 2 }, 0 };
    PE_STATUS status;

    for (size_t other = 0; other < index; other++) {
        if (set->drivers[other].open) {
            modules[check.modules.Count++] = module(set->drivers[other].name, &set->drivers[other]);
        }
    }
    status = LdrPeWalkImports(&driver->pe.image, driver->pe.view, check_import, &check);
    if (status != PE_SUCCESS) {
        complain("%s %s", driver->path, LdrPeStatusText(status));
    }
    return status == PE_SUCCESS && check.missing == 0;
}

/* check_names: the kernel and the report name drivers by their file names. */
static bool check_names(const struct load_set *set, size_t index)
{
    const struct load_file *driver = &set->drivers[index];

    if (strlen(driver->name) > NAME_LIMIT) {
        complain("%s: the file name is longer than %u bytes", driver->path, NAME_LIMIT);
        return false;
    }
    for (size_t other = 0; other < index; other++) {
        if (strcasecmp(set->drivers[other].name, driver->name) == 0) {
            complain("%s and %s: two drivers of one name cannot be loaded together",
                     set->drivers[other].path, driver->path);
            return false;
        }
    }
    return true;
}

/* check_driver: everything that can be said about a driver before a machine is started. */
static bool check_driver(struct load_set *set, size_t index)
{
    struct load_file *driver = &set->drivers[index];

    if (!open_file(driver) || !check_names(set, index) || !check_imports(set, index)) {
        return false;
    }
    if (driver->pe.image.EntryPoint == 0) {
        complain("%s has no entry point: link it with DriverEntry as its entry", driver->path);
        return false;
    }
    return true;
}

/* open_own: one of the command's own files. */
static bool open_own(struct load_file *file, enum allcall_file which)
{
    file->path = allcall_path(which);
    return file->path != NULL && open_file(file);
}

int load_set_open(struct load_set *set, char **drivers, size_t count)
{
    bool good = true;

    memset(set, 0, sizeof(*set));
    if (count > DRIVER_LIMIT) {
        complain("%zu drivers: at most %u can be loaded together", count, DRIVER_LIMIT);
        return EXIT_USAGE;
    }
    set->drivers = xcalloc(count, sizeof(*set->drivers));
    set->driver_names = xcalloc(count, sizeof(*set->driver_names));
    set->driver_count = count;
    set->boot.path = allcall_path(FILE_BOOT);
    if (set->boot.path == NULL || !open_own(&set->ntoskrnl, FILE_NTOSKRNL) ||
        !open_own(&set->hal, FILE_HAL)) {
        return EXIT_MACHINE;
    }
    for (size_t index = 0; index < count; index++) {
        struct load_file *driver = &set->drivers[index];

        driver->path = xstrdup(drivers[index]);
        good = check_driver(set, index) && good;
        set->driver_names[index] = (struct driver_name){ driver->path, driver->name };
    }
    return good ? EXIT_CLEAN : EXIT_USAGE;
}

static void close_file(struct load_file *file)
{
    if (file->open) {
        pe_file_close(&file->pe);
    }
    free(file->bytes);
    free(file->path);
}

void load_set_close(struct load_set *set)
{
    close_file(&set->ntoskrnl);
    close_file(&set->hal);
    close_file(&set->boot);
    for (size_t index = 0; index < set->driver_count; index++) {
        close_file(&set->drivers[index]);
    }
    free(set->drivers);
    free(set->driver_names);
}

int load_set_archive(const struct load_set *set)
{
    size_t count = set->driver_count + 2;
    struct archive_file *files = xcalloc(count, sizeof(*files));
    char **names = xcalloc(set->driver_count, sizeof(*names));
    int fd;

    files[0] =
        (struct archive_file){ "kernel/ntoskrnl.exe", set->ntoskrnl.bytes, set->ntoskrnl.size };
    files[1] = (struct archive_file){ "kernel/hal.dll", set->hal.bytes, set->hal.size };
    for (size_t index = 0; index < set->driver_count; index++) {
        const struct load_file *driver = &set->drivers[index];

        names[index] = xasprintf("driver/%s", driver->name);
        files[index + 2] = (struct archive_file){ names[index], driver->bytes, driver->size };
    }
    fd = archive_create(files, count);
    for (size_t index = 0; index < set->driver_count; index++) {
        free(names[index]);
    }
    free(names);
    free(files);
    return fd;
}

struct symbols *load_set_symbols(const struct load_set *set)
{
    struct symbols *symbols = symbols_create();

    symbols_add(symbols, "ntoskrnl.exe", -1, set->ntoskrnl.bytes, set->ntoskrnl.size);
    symbols_add(symbols, "hal.dll", -1, set->hal.bytes, set->hal.size);
    for (size_t index = 0; index < set->driver_count; index++) {
        const struct load_file *driver = &set->drivers[index];

        symbols_add(symbols, driver->name, (int32_t)index, driver->bytes, driver->size);
    }
    return symbols;
}
