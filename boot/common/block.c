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

/* Each file that is mapped may split a range into three. */
#define RANGES_PER_FILE 2u
#define RANGES_SPARE    16u

/* A part of the block's memory. */
struct area {
    uint8_t *view;
    uint64_t address;
};

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

/*
 * carve: take bytes from the front of what is left of an area.
 */
static struct area carve(struct area *left, size_t bytes)
{
    struct area taken = *left;

    bytes = (bytes + 15) & ~(size_t)15;
    left->view += bytes;
    left->address += bytes;
    return taken;
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
        uint64_t data = (uintptr_t)file->data;
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

void block_build(struct page_tables *tables, const struct block_request *request,
                 struct block *block)
{
    size_t file_count = request->archive->driver_count;
    size_t options_size = strlen(request->options) + 1;
    size_t capacity = tables->memory->count + RANGES_PER_FILE * file_count + RANGES_SPARE;
    uint64_t pages = boot_page_count(
        sizeof(LOADER_BLOCK) + capacity * sizeof(LOADER_MEMORY) +
        request->module_count * sizeof(LOADER_IMAGE) + file_count * sizeof(LOADER_FILE) +
        options_size + 5 * 16);
    uint64_t physical = allocate(tables, pages);
    struct area left = {boot_pointer(physical), BLOCK_ADDRESS};
    struct area head = carve(&left, sizeof(LOADER_BLOCK));
    struct area memory = carve(&left, capacity * sizeof(LOADER_MEMORY));
    struct area images = carve(&left, request->module_count * sizeof(LOADER_IMAGE));
    struct area files = carve(&left, file_count * sizeof(LOADER_FILE));
    struct area options = carve(&left, options_size);

    map(tables, STACK_ADDRESS, allocate(tables, STACK_PAGES), STACK_PAGES, PAGE_WRITE);
    map(tables, BLOCK_ADDRESS, physical, pages, PAGE_WRITE);
    fill_images((LOADER_IMAGE *)images.view, request);
    map_files(tables, request->archive, BLOCK_ADDRESS + (pages + 1) * BOOT_PAGE_SIZE,
              (LOADER_FILE *)files.view);
    memcpy(options.view, request->options, options_size);

    *block = (struct block){(LOADER_BLOCK *)head.view, (LOADER_MEMORY *)memory.view, capacity,
                            head.address, BLOCK_ADDRESS};
    *block->view = (LOADER_BLOCK){
        .Version = LOADER_BLOCK_VERSION,
        .Size = sizeof(LOADER_BLOCK),
        .ImageCount = (uint32_t)request->module_count,
        .FileCount = (uint32_t)file_count,
        .Memory = memory.address,
        .Images = images.address,
        .Files = files.address,
        .Options = options.address,
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
