/* SPDX-License-Identifier: MIT */
/*
 * boot.h: what a boot path asks for once it knows its machine.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memory.h"

struct boot_request {
    /*
     * What the firmware says, with MEMORY_IN_USE for what is needed up to the
     * end: the boot code itself, its stack and page tables, the archive, the
     * options.  boot_start takes care of the first megabyte and of ACPI.
     */
    struct memory_map *memory;
    uint64_t reach; /* below this, all physical memory is mapped identically and writable */
    const uint8_t *archive;
    size_t archive_size;
    const char *options; /* terminated */
    uint64_t rsdp;       /* 0: not known */
};

/*
 * boot_start: load the kernel and jump to it.
 * => long mode, interrupts off; code in identically mapped memory may run
 * => fails the boot with a message otherwise
 */
_Noreturn void boot_start(const struct boot_request *request);
