/* SPDX-License-Identifier: MIT */
/*
 * acpi.c: the way from the root pointer to all tables.
 *
 * Reference: UEFI Forum, "Advanced Configuration and Power Interface
 * Specification", chapter 5.2: Root System Description Pointer, XSDT, RSDT,
 * FADT.  What does not make sense is left alone: the HAL is the one to report it.
 */
#include "acpi.h"

#include <string.h>

#define BIOS_AREA         0xE0000ull
#define BIOS_AREA_END     0x100000ull
#define EBDA_SEGMENT      0x40Eull /* BIOS data area: where the extended one begins */
#define EBDA_SEARCHED     1024u
#define RSDP_SIGNATURE    "RSD PTR "
#define RSDP_ALIGNMENT    16u
#define RSDP_SIZE         36u /* of revision 2; what lies behind revision 0 is not used */
#define RSDP_SIZE_0       20u
#define RSDP_REVISION     15u
#define RSDP_RSDT         16u
#define RSDP_XSDT         24u
#define TABLE_HEADER_SIZE 36u
#define TABLE_LENGTH      4u
#define TABLE_MAXIMUM     0x1000000u
#define FADT_FACS         36u
#define FADT_DSDT         40u

static bool can_read(uint64_t address, uint64_t size, uint64_t reach)
{
    return address != 0 && address < reach && size <= reach - address;
}

/*
 * read_number: read a little-endian number of 4 or 8 bytes, aligned or not.
 */
static uint64_t read_number(uint64_t address, size_t size)
{
    uint64_t number = 0;

    memcpy(&number, boot_pointer(address), size);
    return number;
}

static bool is_rsdp(uint64_t address, uint64_t reach)
{
    const uint8_t *bytes = boot_pointer(address);
    uint8_t sum = 0;

    if (!can_read(address, RSDP_SIZE, reach) || memcmp(bytes, RSDP_SIGNATURE, 8) != 0) {
        return false;
    }
    for (unsigned i = 0; i < RSDP_SIZE_0; i++) {
        sum += bytes[i];
    }
    return sum == 0;
}

static uint64_t search(uint64_t address, uint64_t end, uint64_t reach)
{
    for (; address < end; address += RSDP_ALIGNMENT) {
        if (is_rsdp(address, reach)) {
            return address;
        }
    }
    return 0;
}

uint64_t acpi_find(uint64_t hint, uint64_t reach)
{
    uint64_t found, ebda;

    if (is_rsdp(hint, reach)) {
        return hint;
    }
    found = search(BIOS_AREA, BIOS_AREA_END, reach);
    if (found == 0) {
        ebda = (read_number(EBDA_SEGMENT, 4) & 0xFFFF) << 4;
        found = ebda == 0 ? 0 : search(ebda, ebda + EBDA_SEARCHED, reach);
    }
    return found;
}

/*
 * protect_table: mark one table.
 * => its length; 0: it makes no sense, or the map is full (*complete is then false)
 */
static uint64_t protect_table(struct memory_map *map, uint64_t table, uint64_t reach,
                              bool *complete)
{
    uint64_t length;

    if (!can_read(table, TABLE_HEADER_SIZE, reach)) {
        return 0;
    }
    length = read_number(table + TABLE_LENGTH, 4);
    if (length < TABLE_HEADER_SIZE || length > TABLE_MAXIMUM || !can_read(table, length, reach)) {
        return 0;
    }
    if (!memory_map_change(map, table, length, LoaderMemoryFree, LoaderMemoryFirmware)) {
        *complete = false;
        return 0;
    }
    return length;
}

bool acpi_protect(struct memory_map *map, uint64_t rsdp, uint64_t reach)
{
    bool complete = true;
    uint64_t root, length;
    size_t entry_size = 4;

    if (rsdp == 0) {
        return true;
    }
    complete = memory_map_change(map, rsdp, RSDP_SIZE, LoaderMemoryFree, LoaderMemoryFirmware);
    root = read_number(rsdp + RSDP_RSDT, 4);
    if ((read_number(rsdp + RSDP_REVISION, 4) & 0xFF) >= 2 &&
        read_number(rsdp + RSDP_XSDT, 8) != 0) {
        root = read_number(rsdp + RSDP_XSDT, 8);
        entry_size = 8;
    }
    length = protect_table(map, root, reach, &complete);
    for (uint64_t at = TABLE_HEADER_SIZE; at + entry_size <= length; at += entry_size) {
        uint64_t table = read_number(root + at, entry_size);

        if (protect_table(map, table, reach, &complete) >= FADT_DSDT + 4 &&
            memcmp(boot_pointer(table), "FACP", 4) == 0) {
            protect_table(map, read_number(table + FADT_FACS, 4), reach, &complete);
            protect_table(map, read_number(table + FADT_DSDT, 4), reach, &complete);
        }
    }
    return complete;
}
