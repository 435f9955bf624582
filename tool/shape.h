/* SPDX-License-Identifier: MIT */
/*
 * shape.h: what a run's machine is like, whichever machine it is.
 */
#pragma once

#include "common.h"

struct machine_shape {
    uint32_t processors; /* at boot */
    uint32_t hot_add;    /* that come up after the last DriverEntry */
    uint32_t group_size;
    uint32_t record;
    uint32_t watchdog;
    bool verify;
    const char *requests; /* as the kernel is told, or NULL; lives as long as the options */
    uint64_t files; /* bytes of files that the guest holds in memory */
};

/*
 * shape_processors: how many processors the machine has, those that are held back included.
 */
unsigned shape_processors(const struct machine_shape *shape);

/*
 * shape_kernel_options: the kernel's command line; the caller frees.
 */
char *shape_kernel_options(const struct machine_shape *shape);

/*
 * shape_memory_mib: how much memory the machine needs: an even number of MiB.
 */
unsigned shape_memory_mib(const struct machine_shape *shape);
