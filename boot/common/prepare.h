/* SPDX-License-Identifier: MIT */
/*
 * prepare.h: fills memory with what KiSystemStartup is to find (loader.h).
 *
 * It works on physical memory alone and touches no processor register, so that
 * a simulated machine's memory is filled by the same code.
 */
#pragma once

#include <stdint.h>

#include "archive.h"
#include "memory.h"

struct boot_plan {
    struct memory_map *memory;      /* as in struct boot_request */
    uint64_t reach;                 /* likewise */
    const struct archive *archive;  /* the drivers' bytes lie in physical memory */
    const char *options;            /* terminated */
    uint64_t rsdp;                  /* 0: not known */
    uint64_t cookie;                /* a random number */
};

/* What the processor needs then; the handover's arguments. */
struct boot_state {
    uint64_t root;     /* physical address of the page tables */
    uint64_t stack;    /* highest address */
    uint64_t entry;    /* KiSystemStartup */
    uint64_t block;    /* its argument */
    uint64_t handover; /* physical address of the handover's code */
};

/*
 * boot_prepare: load and bind kernel and HAL, build page tables, stack and loader block.
 * => what is in use in plan->memory becomes free: nothing is allocated afterwards
 * => fails the boot with a message if it cannot
 */
void boot_prepare(const struct boot_plan *plan, struct boot_state *state);
