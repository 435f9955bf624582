/* SPDX-License-Identifier: MIT */
/*
 * block.c: builds the loader block.
 *
 * The block and its arrays are one allocation, written through its physical
 * address; every pointer in it is the kernel's address of the same byte.
 */
#include "block.h"

#include <string.h>

#include "console.h"

#define STACK_PAGES   6u
#define STACK_ADDRESS (LOADER_PC_BLOCK_BASE + BOOT_PAGE_SIZE)
#define BLOCK_ADDRESS (STACK_ADDRESS + STACK_PAGES * BOOT_PAGE_SIZE)

/* A file that is mapped may split a range into three. */
#define RANGES_PER_FILE 2u
#define RANGES_SPARE    16u

/* The parts of the block's memory, one after the other. */
enum {
    AREA_BLOCK,
    AREA_MEMORY,
    AREA_IMAGES,
    AREA_FILES,
    AREA_OPTIONS,
    AREA_COUNT,
};

struct areas {
    void *view[AREA_COUNT];       /* in physical memory */
    uint64_t address[AREA_COUNT]; /* the kernel's */
    size_t memory_capacity;       /* LOADER_MEMORYs in AREA_MEMORY */
};

static size_t align(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

static uint64_t allocate(struct page_tables *tables, uint64_t pages)
{
    uint64_t physical = memory_map_allocate(tables->memory, pages, tables->floor, tables->ceiling,
                                            LoaderMemoryLoaded);

    if (physical == 0) {
        boot_fail("not enough memory for the loader block");
    }
    memset(boot_pointer(physical), 0, pages * BOOT_PAGE_SIZE);
    return physical;
}

static void map(struct page_tables *tables, uint64_t address, uint64_t physical, uint64_t pages,
                uint32_t protection)
{
    if (paging_map(tables, address, physical, pages, protection) != PAGING_DONE) {
        boot_fail("not enough memory to map the loader block and the driver files");
    }
}

static void copy_name(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1);

    memcpy(to, from, length);
    to[length] = '\0';
}

static void fill_images(LOADER_IMAGE *images, const struct block_request *request)
{
    for (size_t i = 0; i < request->module_count; i++) {
        images[i].Base = request->modules[i].Base;
        images[i].Size = request->modules[i].Image.Size;
        copy_name(images[i].Name, sizeof(images[i].Name), request->modules[i].Name);
    }
}

/*
 * map_files: map the driver files from an address on and describe them.
 * => a file that begins on the page on which the one before it ended shares it
 */
static void map_files(struct page_tables *tables, const struct archive *archive, uint64_t address,
                      LOADER_FILE *files)
{
    uint64_t last_page = 0; /* physical; it is mapped just below address */

    for (size_t i = 0; i < archive->driver_count; i++) {
        const struct archive_file *file = &archive->drivers[i];
        uint64_t data = boot_physical(file->data);
        uint64_t offset = data % BOOT_PAGE_SIZE;
        uint64_t page = data - offset;
        uint64_t pages = boot_page_count(offset + file->size);

        copy_name(files[i].Name, sizeof(files[i].Name), file->name);
        files[i].Size = file->size;
        if (file->size == 0) {
            continue;
        }
        if (!memory_map_change(tables->memory, data, file->size, MEMORY_IN_USE,
                               LoaderMemoryLoaded)) {
            boot_fail("the memory map is too fragmented");
        }
        if (page == last_page) {
            files[i].Data = address - BOOT_PAGE_SIZE + offset;
            page += BOOT_PAGE_SIZE;
            pages--;
        } else {
            files[i].Data = address + offset;
        }
        map(tables, address, page, pages, 0);
        address += pages * BOOT_PAGE_SIZE;
        last_page = page + (pages - 1) * BOOT_PAGE_SIZE;
    }
}

/*
 * allocate_areas: allocate the block's memory, map it and divide it.
 * => the first address that it leaves free
 */
static uint64_t allocate_areas(struct page_tables *tables, const struct block_request *request,
                               struct areas *areas)
{
    size_t file_count = request->archive->driver_count;
    size_t capacity = tables->memory->count + RANGES_PER_FILE * file_count + RANGES_SPARE;
    const size_t sizes[AREA_COUNT] = {
        [AREA_BLOCK] = sizeof(LOADER_BLOCK),
        [AREA_MEMORY] = capacity * sizeof(LOADER_MEMORY),
        [AREA_IMAGES] = request->module_count * sizeof(LOADER_IMAGE),
        [AREA_FILES] = file_count * sizeof(LOADER_FILE),
        [AREA_OPTIONS] = strlen(request->options) + 1,
    };
    uint64_t total = 0;
    uint64_t pages, physical, offset = 0;

    for (size_t i = 0; i < AREA_COUNT; i++) {
        total += align(sizes[i]);
    }
    pages = boot_page_count(total);
    physical = allocate(tables, pages);
    map(tables, BLOCK_ADDRESS, physical, pages, PAGE_WRITE);
    for (size_t i = 0; i < AREA_COUNT; i++) {
        areas->view[i] = boot_pointer(physical + offset);
        areas->address[i] = BLOCK_ADDRESS + offset;
        offset += align(sizes[i]);
    }
    areas->memory_capacity = capacity;
    return BLOCK_ADDRESS + pages * BOOT_PAGE_SIZE;
}

void block_build(struct page_tables *tables, const struct block_request *request,
                 struct block *block)
{
    struct areas areas;
    uint64_t end = allocate_areas(tables, request, &areas);

    map(tables, STACK_ADDRESS, allocate(tables, STACK_PAGES), STACK_PAGES, PAGE_WRITE);
    fill_images(areas.view[AREA_IMAGES], request);
    map_files(tables, request->archive, end + BOOT_PAGE_SIZE, areas.view[AREA_FILES]);
    memcpy(areas.view[AREA_OPTIONS], request->options, strlen(request->options) + 1);

    *block = (struct block){areas.view[AREA_BLOCK], areas.view[AREA_MEMORY],
                            areas.memory_capacity, areas.address[AREA_BLOCK], BLOCK_ADDRESS};
    *block->view = (LOADER_BLOCK){
        .Version = LOADER_BLOCK_VERSION,
        .Size = sizeof(LOADER_BLOCK),
        .ImageCount = (uint32_t)request->module_count,
        .FileCount = (uint32_t)request->archive->driver_count,
        .Memory = areas.address[AREA_MEMORY],
        .Images = areas.address[AREA_IMAGES],
        .Files = areas.address[AREA_FILES],
        .Options = areas.address[AREA_OPTIONS],
        .SystemRangeBase = LOADER_PC_SYSTEM_BASE,
        .SystemRangeSize = LOADER_PC_SYSTEM_SIZE,
        .StackBase = BLOCK_ADDRESS,
        .StackLimit = STACK_ADDRESS,
        .PageTableRoot = tables->root,
        .AcpiRsdp = request->rsdp,
    };
}

void block_finish(struct block *block, const struct memory_map *map)
{
    if (map->count > block->memory_capacity) {
        boot_fail("the memory map is too fragmented");
    }
    memcpy(block->memory, map->ranges, map->count * sizeof(LOADER_MEMORY));
    block->view->MemoryCount = (uint32_t)map->count;
}
