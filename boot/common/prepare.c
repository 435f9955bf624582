/* SPDX-License-Identifier: MIT */
/*
 * prepare.c: fills memory with what KiSystemStartup is to find.
 *
 * What is allocated lies above the lowest 2 MiB, because those are mapped
 * twice, the second time identically and writable, until the HAL removes that:
 * no page of an image may be reached that way.
 */
#include "prepare.h"

#include <string.h>

#include "acpi.h"
#include "block.h"
#include "console.h"
#include "handover.h"
#include "image.h"
#include "paging.h"

#define LOW_SIZE         0x200000ull
#define START_UP_PAGE    0x8000ull /* where the HAL starts the other processors */
#define LEGACY_AREA      0xA0000ull
#define LEGACY_AREA_END  0x100000ull
#define CEILING_LIMIT    0x100000000ull /* CR3 of a starting processor has 32 bits */

/*
 * reserve: keep off what the firmware, ACPI and the HAL need.
 * => page 0 holds the real-mode interrupt table and the BIOS data area
 */
static void reserve(const struct boot_plan *plan, uint64_t rsdp)
{
    struct memory_map *map = plan->memory;

    if (!memory_map_add(map, 0, BOOT_PAGE_SIZE, LoaderMemoryReserved) ||
        !memory_map_add(map, START_UP_PAGE, BOOT_PAGE_SIZE, LoaderMemoryReserved) ||
        !memory_map_add(map, LEGACY_AREA, LEGACY_AREA_END - LEGACY_AREA, LoaderMemoryReserved) ||
        !acpi_protect(map, rsdp, plan->reach)) {
        boot_fail("the firmware's memory map has too many ranges");
    }
}

/*
 * map_low: map the lowest 2 MiB identically, writable, but for one page of code.
 */
static void map_low(struct page_tables *tables, uint64_t code)
{
    uint64_t above = code + BOOT_PAGE_SIZE;

    if (paging_map(tables, 0, 0, code / BOOT_PAGE_SIZE, PAGE_WRITE) != PAGING_DONE ||
        paging_map(tables, code, code, 1, PAGE_EXECUTE) != PAGING_DONE ||
        paging_map(tables, above, above, (LOW_SIZE - above) / BOOT_PAGE_SIZE, PAGE_WRITE) !=
            PAGING_DONE) {
        boot_fail("not enough memory for page tables");
    }
}

static uint64_t place_handover(struct memory_map *map)
{
    uint64_t code = memory_map_allocate(map, 1, 0, LOW_SIZE, MEMORY_IN_USE);

    if (code == 0) {
        boot_fail("not one page of the lowest 2 MiB of memory is free");
    }
    memcpy(boot_pointer(code), handover_begin, (size_t)(handover_end - handover_begin));
    return code;
}

void boot_prepare(const struct boot_plan *plan, struct boot_state *state)
{
    const struct archive *archive = plan->archive;
    struct page_tables tables;
    struct block block;
    PE_MODULE modules[2];
    uint64_t ceiling = plan->reach < CEILING_LIMIT ? plan->reach : CEILING_LIMIT;
    uint64_t rsdp = acpi_find(plan->rsdp, plan->reach);

    reserve(plan, rsdp);
    if (paging_create(&tables, plan->memory, LOW_SIZE, ceiling) != PAGING_DONE) {
        boot_fail("not enough memory for page tables");
    }
    image_load(&tables, &archive->kernel, LOADER_PC_KERNEL_BASE, &modules[0]);
    image_load(&tables, &archive->hal, LOADER_PC_HAL_BASE, &modules[1]);
    if (modules[0].Image.EntryPoint == 0) {
        boot_fail("%s has no entry point", modules[0].Name);
    }
    image_bind(modules, 2, plan->cookie);
    image_map(&tables, &modules[0]);
    image_map(&tables, &modules[1]);
    state->handover = place_handover(plan->memory);
    map_low(&tables, state->handover);
    block_build(&tables, &(struct block_request){archive, modules, 2, plan->options, rsdp}, &block);

    memory_map_release(plan->memory);
    block_finish(&block, plan->memory);
    state->root = tables.root;
    state->stack = block.stack;
    state->entry = modules[0].Base + modules[0].Image.EntryPoint;
    state->block = block.address;
}
