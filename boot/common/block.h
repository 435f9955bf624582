/* SPDX-License-Identifier: MIT */
/*
 * block.h: builds the loader block, the boot stack and the driver files'
 * mappings at LOADER_PC_BLOCK_BASE:
 *
 *     guard page (not mapped) | boot stack | block and its arrays | guard page | driver files
 */
#pragma once

#include "archive.h"
#include "memory.h"
#include "paging.h"
#include "pe.h"

struct block_request {
    const struct archive *archive;
    const PE_MODULE *modules; /* the images, [0] ntoskrnl.exe, [1] hal.dll */
    size_t module_count;
    const char *options;
    uint64_t rsdp;
};

/* A block under construction. */
struct block {
    LOADER_BLOCK *view;      /* in physical memory */
    LOADER_MEMORY *memory;   /* likewise */
    size_t memory_capacity;
    uint64_t address;        /* where the kernel sees the block */
    uint64_t stack;          /* the stack's highest address, for the kernel */
};

/*
 * block_build: allocate, fill and map everything but the memory list.
 * => the driver files are mapped where they lie, read-only; the pages that they
 *    touch become LoaderMemoryLoaded
 * => fails the boot if memory is short
 */
void block_build(struct page_tables *tables, const struct block_request *request,
                 struct block *block);

/*
 * block_finish: write the memory list, once nothing more is allocated.
 */
void block_finish(struct block *block, const struct memory_map *map);
