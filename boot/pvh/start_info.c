/* SPDX-License-Identifier: MIT */
/*
 * start_info.c: reads hvm_start_info, version 1.
 *
 * All of it comes from the loader: every address is checked to lie in memory
 * that can be reached before it is used.
 * Reference: Xen, public headers, arch-x86/hvm/start_info.h (the layout).
 */
#include "start_info.h"

#include <string.h>

#include "../common/console.h"

#define START_INFO_MAGIC 0x336EC578u
#define MEMORY_ENTRIES   1024u

struct start_info {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;
    uint32_t module_count;
    uint64_t modules;
    uint64_t command_line;
    uint64_t rsdp;
    /* From version 1 on. */
    uint64_t memory_map;
    uint32_t memory_entries;
    uint32_t reserved;
};

struct start_module {
    uint64_t address;
    uint64_t size;
    uint64_t command_line;
    uint64_t reserved;
};

struct start_memory {
    uint64_t address;
    uint64_t size;
    uint32_t type;
    uint32_t reserved;
};

/* start_memory.type, those of the BIOS call E820. */
enum {
    FIRMWARE_RAM = 1,
    FIRMWARE_RESERVED = 2,
    FIRMWARE_ACPI = 3,
    FIRMWARE_NVS = 4,
};

/*
 * at: reach bytes that the start info points to.
 */
static const void *at(const struct boot_request *request, uint64_t address, uint64_t size,
                      const char *what)
{
    if (address == 0 || address >= request->reach || size > request->reach - address) {
        boot_fail("the PVH start info puts %s outside memory", what);
    }
    return boot_pointer(address);
}

/*
 * keep: mark what has been found as in use.
 */
static void keep(const struct boot_request *request, const void *bytes, uint64_t size)
{
    if (!memory_map_change(request->memory, (uintptr_t)bytes, size, LoaderMemoryFree,
                           MEMORY_IN_USE)) {
        boot_fail("the firmware's memory map has too many ranges");
    }
}

static uint32_t memory_type(uint32_t firmware)
{
    switch (firmware) {
    case FIRMWARE_RAM:
        return LoaderMemoryFree;
    case FIRMWARE_ACPI:
    case FIRMWARE_NVS:
        return LoaderMemoryFirmware;
    default:
        return LoaderMemoryReserved;
    }
}

static void read_memory_map(const struct start_info *info, const struct boot_request *request)
{
    const uint8_t *entries;

    if (info->version < 1 || info->memory_entries == 0 || info->memory_map == 0) {
        boot_fail("the PVH start info has no memory map");
    }
    if (info->memory_entries > MEMORY_ENTRIES) {
        boot_fail("the firmware's memory map has too many ranges");
    }
    entries = at(request, info->memory_map, info->memory_entries * sizeof(struct start_memory),
                 "the memory map");
    for (uint32_t i = 0; i < info->memory_entries; i++) {
        struct start_memory entry;

        memcpy(&entry, entries + i * sizeof(entry), sizeof(entry));
        if (!memory_map_add(request->memory, entry.address, entry.size, memory_type(entry.type))) {
            boot_fail("the firmware's memory map has too many ranges");
        }
    }
}

static void read_archive(const struct start_info *info, struct boot_request *request)
{
    struct start_module module;

    if (info->module_count == 0) {
        boot_fail("there is no archive (QEMU's option -initrd)");
    }
    memcpy(&module, at(request, info->modules, sizeof(module), "the module list"), sizeof(module));
    request->archive = at(request, module.address, module.size, "the archive");
    request->archive_size = module.size;
    keep(request, request->archive, request->archive_size);
}

static void read_options(const struct start_info *info, struct boot_request *request)
{
    uint64_t limit = PVH_OPTIONS_SIZE;
    size_t length;

    request->options = "";
    if (info->command_line == 0) {
        return;
    }
    request->options = at(request, info->command_line, 1, "the command line");
    if (limit > request->reach - info->command_line) {
        limit = request->reach - info->command_line;
    }
    length = strnlen(request->options, limit);
    if (length == limit) {
        boot_fail("the command line has more than %u characters", PVH_OPTIONS_SIZE - 1);
    }
    keep(request, request->options, length + 1);
}

void start_info_read(uint64_t address, struct boot_request *request)
{
    struct start_info info;

    memcpy(&info, at(request, address, sizeof(info), "itself"), sizeof(info));
    if (info.magic != START_INFO_MAGIC) {
        boot_fail("there is no PVH start info at %llx", (unsigned long long)address);
    }
    read_memory_map(&info, request);
    read_archive(&info, request);
    read_options(&info, request);
    request->rsdp = info.rsdp;
}
