/* SPDX-License-Identifier: MIT */
/*
 * load_set.h: kernel, HAL and drivers as files in memory, checked before a
 * machine is started with them.
 */
#pragma once

#include "common.h"
#include "outcome.h"
#include "pe_file.h"

/* One file of the set. */
struct load_file {
    char *path;
    const char *name; /* without folders */
    uint8_t *bytes;
    size_t size;
    struct pe_file pe;
    bool open;
};

struct load_set {
    struct load_file ntoskrnl, hal, boot; /* boot: path only */
    struct load_file *drivers;
    struct driver_name *driver_names;
    size_t driver_count;
};

/*
 * load_set_open: read and check all files.
 * => an exit status; not EXIT_CLEAN after messages: EXIT_USAGE for a driver, EXIT_MACHINE for
 *    what belongs to the command; load_set_close is due either way
 */
int load_set_open(struct load_set *set, char **drivers, size_t count);

void load_set_close(struct load_set *set);

/*
 * load_set_archive: the archive for the boot path, see archive.h.
 */
int load_set_archive(const struct load_set *set);

/*
 * load_set_symbols: a book of the set's symbols; the set must outlive it.
 */
struct symbols *load_set_symbols(const struct load_set *set);
