/* SPDX-License-Identifier: MIT */
/*
 * test_boot_memory.c: the boot code's map of physical memory, and what is built
 * from it: page tables, and ACPI tables kept.
 *
 * "Physical" memory is an arena mapped at its own low address, since the boot
 * code runs on identical mappings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../boot/common/acpi.h"
#include "../../boot/common/memory.h"
#include "../../boot/common/paging.h"

#define PAGE         BOOT_PAGE_SIZE
#define ARENA        0x20000000ull
#define ARENA_PAGES  64u
#define ARENA_END    (ARENA + ARENA_PAGES * PAGE)

#define PRESENT    0x1ull
#define USED       0x60ull /* accessed and dirty: set from the beginning, so that no processor has to */
#define WRITE      0x2ull
#define NO_EXECUTE (1ull << 63)
#define ADDRESS    0x000FFFFFFFFFF000ull

static void check_map(const struct memory_map *map, const LOADER_MEMORY *expected, size_t count)
{
    assert_int_equal(map->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(map->ranges[i].Base, expected[i].Base);
        assert_int_equal(map->ranges[i].Pages, expected[i].Pages);
        assert_int_equal(map->ranges[i].Type, expected[i].Type);
    }
}

/*
 * check_order: ranges ascend, do not overlap, are not empty, and are joined.
 */
static void check_order(const struct memory_map *map)
{
    uint64_t end = 0;

    for (size_t i = 0; i < map->count; i++) {
        const LOADER_MEMORY *range = &map->ranges[i];

        assert_true(range->Base >= end);
        assert_true(range->Pages != 0);
        assert_true(i == 0 || range->Base > end || range->Type != range[-1].Type);
        end = range->Base + range->Pages * PAGE;
    }
}

static void the_order_of_firmware_ranges_does_not_matter(void **state)
{
    static const struct {
        uint64_t base, bytes;
        uint32_t type;
    } given[4] = {
        {0, 0x9FC00, LoaderMemoryFree},
        {0x9FC00, 0x400, LoaderMemoryReserved},
        {0x100000, 0xFF00000, LoaderMemoryFree},
        {0xFFDE123, 0x1000, LoaderMemoryFirmware},
    };
    static const LOADER_MEMORY expected[] = {
        {0, 0x9F, LoaderMemoryFree, 0},
        {0x9F000, 1, LoaderMemoryReserved, 0},
        {0x100000, 0xFEDE, LoaderMemoryFree, 0},
        {0xFFDE000, 2, LoaderMemoryFirmware, 0},
        {0xFFE0000, 0x20, LoaderMemoryFree, 0},
    };

    (void)state;
    for (unsigned order = 0; order < 4 * 4 * 4 * 4; order++) {
        struct memory_map map = {0};

        /* Every sequence of four, permutations and repetitions, then all of them once more. */
        for (unsigned i = 0; i < 8; i++) {
            unsigned pick = i < 4 ? order >> 2 * i & 3 : i - 4;

            assert_true(memory_map_add(&map, given[pick].base, given[pick].bytes,
                                       given[pick].type));
            check_order(&map);
        }
        check_map(&map, expected, 5);
    }
}

static void free_memory_shrinks_to_pages_and_the_rest_grows(void **state)
{
    static const LOADER_MEMORY expected[] = {
        {0x2000, 1, LoaderMemoryFree, 0},
        {0x5000, 3, LoaderMemoryReserved, 0},
    };
    struct memory_map map = {0};

    (void)state;
    assert_true(memory_map_add(&map, 0x1001, 0x2FFE, LoaderMemoryFree));
    assert_true(memory_map_add(&map, 0x4001, 0xFFE, LoaderMemoryFree));
    assert_true(memory_map_add(&map, 0x5FFF, 0x1002, LoaderMemoryReserved));
    assert_true(memory_map_add(&map, 0x9000, 0, LoaderMemoryReserved));
    check_map(&map, expected, 2);
}

static void addresses_beyond_the_processors_are_cut_off(void **state)
{
    const uint64_t last = MEMORY_ADDRESS_LIMIT - PAGE;
    struct memory_map map = {0};

    (void)state;
    assert_true(memory_map_add(&map, MEMORY_ADDRESS_LIMIT, PAGE, LoaderMemoryFree));
    assert_true(memory_map_add(&map, UINT64_MAX, UINT64_MAX, LoaderMemoryReserved));
    assert_int_equal(map.count, 0);
    assert_true(memory_map_add(&map, last, UINT64_MAX, LoaderMemoryReserved));
    check_map(&map, (LOADER_MEMORY[]){{last, 1, LoaderMemoryReserved, 0}}, 1);
    assert_true(memory_map_change(&map, UINT64_MAX - 5, 10, LoaderMemoryReserved,
                                  LoaderMemoryFree));
    check_map(&map, (LOADER_MEMORY[]){{last, 1, LoaderMemoryReserved, 0}}, 1);
}

static void changing_touches_only_pages_of_the_type_named(void **state)
{
    static const LOADER_MEMORY expected[] = {
        {0x1000, 1, LoaderMemoryFree, 0},
        {0x2000, 2, MEMORY_IN_USE, 0},
        {0x4000, 1, LoaderMemoryReserved, 0},
        {0x6000, 1, MEMORY_IN_USE, 0},
        {0x7000, 1, LoaderMemoryFree, 0},
    };
    struct memory_map map = {0};

    (void)state;
    assert_true(memory_map_add(&map, 0x1000, 0x3000, LoaderMemoryFree));
    assert_true(memory_map_add(&map, 0x4000, 0x1000, LoaderMemoryReserved));
    assert_true(memory_map_add(&map, 0x6000, 0x2000, LoaderMemoryFree));
    /* From the middle of one page to the first byte of another, over a hole. */
    assert_true(memory_map_change(&map, 0x2800, 0x3801, LoaderMemoryFree, MEMORY_IN_USE));
    check_map(&map, expected, 5);
    assert_int_equal(memory_map_type(&map, 0x3FFF), MEMORY_IN_USE);
    assert_int_equal(memory_map_type(&map, 0x5000), 0);
    memory_map_release(&map);
    check_map(&map,
              (LOADER_MEMORY[]){{0x1000, 3, LoaderMemoryFree, 0},
                                expected[2],
                                {0x6000, 2, LoaderMemoryFree, 0}},
              3);
}

static void the_lowest_free_run_between_the_limits_is_allocated(void **state)
{
    struct memory_map map = {0};

    (void)state;
    assert_true(memory_map_add(&map, 0, 0x3000, LoaderMemoryFree));
    assert_true(memory_map_add(&map, 0x3000, 0x1000, LoaderMemoryFirmware));
    assert_true(memory_map_add(&map, 0x4000, 0x8000, LoaderMemoryFree));

    /* Page 0 is never given out: 0 means none. */
    assert_int_equal(memory_map_allocate(&map, 1, 0, ~0ull, LoaderMemoryLoaded), 0x1000);
    assert_int_equal(memory_map_allocate(&map, 2, 0, ~0ull, LoaderMemoryLoaded), 0x4000);
    assert_int_equal(memory_map_allocate(&map, 1, 0x8000, ~0ull, MEMORY_IN_USE), 0x8000);
    assert_int_equal(memory_map_allocate(&map, 2, 0x7000, ~0ull, LoaderMemoryLoaded), 0x9000);
    assert_int_equal(memory_map_allocate(&map, 2, 0x7000, 0xC000, LoaderMemoryLoaded), 0);
    assert_int_equal(memory_map_allocate(&map, 1, 0xB000, 0xC000, LoaderMemoryLoaded), 0xB000);
    assert_int_equal(memory_map_allocate(&map, 3, 0, ~0ull, LoaderMemoryLoaded), 0);
    assert_int_equal(memory_map_allocate(&map, 0, 0, ~0ull, LoaderMemoryLoaded), 0);
    assert_int_equal(memory_map_allocate(&map, UINT64_MAX, 0, ~0ull, LoaderMemoryLoaded), 0);
    assert_int_equal(memory_map_type(&map, 0x3000), LoaderMemoryFirmware);
    assert_int_equal(memory_map_type(&map, 0x6000), LoaderMemoryFree);
}

static void a_full_map_says_so_and_stays_in_order(void **state)
{
    static struct memory_map map;

    (void)state;
    for (uint64_t i = 0; i < MEMORY_MAP_CAPACITY; i++) {
        assert_true(memory_map_add(&map, (i + 1) * 3 * PAGE, 2 * PAGE, LoaderMemoryFree));
    }
    assert_false(memory_map_add(&map, PAGE, PAGE, LoaderMemoryFree));
    assert_false(memory_map_change(&map, 3 * PAGE, PAGE, LoaderMemoryFree, MEMORY_IN_USE));
    assert_int_equal(memory_map_allocate(&map, 1, 0, ~0ull, LoaderMemoryLoaded), 0);
    assert_int_equal(map.count, MEMORY_MAP_CAPACITY);
    check_order(&map);
    assert_int_equal(memory_map_allocate(&map, 2, 0, ~0ull, LoaderMemoryLoaded), 3 * PAGE);
    check_order(&map);
}

#define MODEL_PAGES 96u

/*
 * model_allocate: what memory_map_allocate must return, by looking at each page.
 */
static uint64_t model_allocate(const uint32_t *model, unsigned pages, unsigned floor,
                               unsigned ceiling)
{
    for (unsigned first = floor; first + pages <= ceiling; first++) {
        unsigned free_pages = 0;

        while (free_pages < pages && model[first + free_pages] == LoaderMemoryFree) {
            free_pages++;
        }
        if (free_pages == pages) {
            return first * PAGE;
        }
    }
    return 0;
}

static void step_with_model(struct memory_map *map, uint32_t *model)
{
    static const uint32_t types[] = {LoaderMemoryFree, LoaderMemoryLoaded, LoaderMemoryFirmware,
                                     LoaderMemoryReserved, MEMORY_IN_USE};
    unsigned first = 1 + (unsigned)rand() % (MODEL_PAGES - 1);
    unsigned pages = 1 + (unsigned)rand() % 12;
    uint32_t from = types[rand() % 5];
    uint32_t to = types[rand() % 5];
    uint64_t found;

    pages = pages < MODEL_PAGES - first ? pages : MODEL_PAGES - first;
    switch (rand() % 3) {
    case 0:
        assert_true(memory_map_add(map, first * PAGE, pages * PAGE, to));
        for (unsigned i = first; i < first + pages; i++) {
            model[i] = model[i] > to ? model[i] : to;
        }
        break;
    case 1:
        assert_true(memory_map_change(map, first * PAGE, pages * PAGE, from, to));
        for (unsigned i = first; i < first + pages; i++) {
            model[i] = model[i] == from ? to : model[i];
        }
        break;
    default:
        found = memory_map_allocate(map, pages, first * PAGE, MODEL_PAGES * PAGE, to);
        assert_int_equal(found, model_allocate(model, pages, first, MODEL_PAGES));
        for (unsigned i = 0; found != 0 && i < pages; i++) {
            model[found / PAGE + i] = to;
        }
        break;
    }
}

static void the_map_agrees_with_an_array_of_pages(void **state)
{
    (void)state;
    srand(1);
    for (unsigned run = 0; run < 200; run++) {
        struct memory_map map = {0};
        uint32_t model[MODEL_PAGES] = {0};

        for (unsigned step = 0; step < 60; step++) {
            step_with_model(&map, model);
            check_order(&map);
            for (unsigned i = 0; i < MODEL_PAGES; i++) {
                assert_int_equal(memory_map_type(&map, i * PAGE), model[i]);
            }
        }
    }
}

/*
 * arena_map: a map whose free memory is the arena.
 */
static struct memory_map arena_map(void)
{
    struct memory_map map = {0};

    memset(boot_pointer(ARENA), 0xA5, ARENA_PAGES * PAGE);
    assert_true(memory_map_add(&map, ARENA, ARENA_PAGES * PAGE, LoaderMemoryFree));
    return map;
}

/*
 * entry_of: the entry of an address on a level, 0 for the leaf; 0 if a table is missing.
 */
static uint64_t entry_of(const struct page_tables *tables, uint64_t address, int level)
{
    uint64_t entry = tables->root | PRESENT;

    for (int i = 3; i >= level; i--) {
        const uint64_t *table = boot_pointer(entry & ADDRESS);

        entry = table[address >> (12 + 9 * i) & 511];
        if ((entry & PRESENT) == 0) {
            return 0;
        }
    }
    return entry;
}

static void pages_are_mapped_with_exactly_their_protection(void **state)
{
    const uint64_t address = 0xFFFFF802001FF000ull; /* the second page has a table of its own */
    struct memory_map map = arena_map();
    struct page_tables tables;

    (void)state;
    assert_int_equal(paging_create(&tables, &map, ARENA, ARENA_END), PAGING_DONE);
    assert_int_equal(paging_map(&tables, address, 0x123000, 2, 0), PAGING_DONE);
    assert_int_equal(paging_map(&tables, address + 0x2000, 0x125000, 1, PAGE_WRITE), PAGING_DONE);
    assert_int_equal(paging_map(&tables, address + 0x3000, 0xFFFFFFFFFF000, 1, PAGE_EXECUTE),
                     PAGING_DONE);

    assert_int_equal(entry_of(&tables, address - 0x1000, 0), 0);
    assert_int_equal(entry_of(&tables, address, 0), 0x123000 | PRESENT | USED | NO_EXECUTE);
    assert_int_equal(entry_of(&tables, address + 0x1000, 0), 0x124000 | PRESENT | USED | NO_EXECUTE);
    assert_int_equal(entry_of(&tables, address + 0x2000, 0),
                     0x125000 | PRESENT | USED | WRITE | NO_EXECUTE);
    assert_int_equal(entry_of(&tables, address + 0x3000, 0), 0xFFFFFFFFFF000 | PRESENT | USED);
    assert_int_equal(entry_of(&tables, address + 0x4000, 0), 0);
    /* One top level, one of each below, and two leaf tables: nothing is taken twice. */
    assert_int_equal(map.ranges[0].Type, LoaderMemoryLoaded);
    assert_int_equal(map.ranges[0].Pages, 5);
}

static void the_self_map_shows_every_table_without_execution(void **state)
{
    const uint64_t slot = LOADER_SELF_MAP_SLOT;
    const uint64_t address = 0xFFFFF80200000000ull;
    struct memory_map map = arena_map();
    struct page_tables tables;

    (void)state;
    assert_int_equal(paging_create(&tables, &map, ARENA, ARENA_END), PAGING_DONE);
    assert_int_equal(paging_map(&tables, address, 0x123000, 1, PAGE_EXECUTE), PAGING_DONE);
    assert_int_equal(entry_of(&tables, 0xFFFFull << 48 | slot << 39, 3),
                     tables.root | PRESENT | USED | WRITE | NO_EXECUTE);
    /* Seen through the slot, the leaf table of an address is itself a page. */
    assert_int_equal(entry_of(&tables, 0xFFFFull << 48 | slot << 39 | (address >> 9 & 0x7FFFFFFFFF),
                              0) & ADDRESS,
                     entry_of(&tables, address, 1) & ADDRESS);
}

static void impossible_mappings_are_refused(void **state)
{
    const uint64_t address = 0xFFFFF80200000000ull;
    struct memory_map map = arena_map();
    struct page_tables tables;

    (void)state;
    assert_int_equal(paging_create(&tables, &map, ARENA, ARENA_END), PAGING_DONE);
    assert_int_equal(paging_map(&tables, address, 0, 1, PAGE_WRITE | PAGE_EXECUTE),
                     PAGING_BAD_REQUEST);
    assert_int_equal(paging_map(&tables, address + 1, 0, 1, 0), PAGING_BAD_REQUEST);
    assert_int_equal(paging_map(&tables, address, 8, 1, 0), PAGING_BAD_REQUEST);
    assert_int_equal(paging_map(&tables, address, 1ull << 52, 1, 0), PAGING_BAD_REQUEST);
    assert_int_equal(paging_map(&tables, 1ull << 47, 0, 1, 0), PAGING_BAD_REQUEST);
    assert_int_equal(paging_map(&tables, 0xFFFFF68000000000ull, 0, 1, 0), PAGING_BAD_REQUEST);
    assert_int_equal(paging_map(&tables, address, 0, 1, 0), PAGING_DONE);
    assert_int_equal(paging_map(&tables, address, 0, 1, 0), PAGING_MAPPED_ALREADY);
}

static void running_out_of_memory_for_tables_is_noticed(void **state)
{
    (void)state;
    /* Four tables are needed for the first page. */
    for (unsigned pages = 0; pages <= 4; pages++) {
        struct memory_map map = arena_map();
        struct page_tables tables;
        enum paging_status status =
            paging_create(&tables, &map, ARENA, ARENA + pages * PAGE);

        assert_int_equal(status, pages == 0 ? PAGING_NO_MEMORY : PAGING_DONE);
        if (status == PAGING_DONE) {
            assert_int_equal(paging_map(&tables, 0, 0, 1, 0),
                             pages < 4 ? PAGING_NO_MEMORY : PAGING_DONE);
        }
    }
}

static void put(uint64_t address, uint64_t number, size_t size)
{
    memcpy(boot_pointer(address), &number, size);
}

/*
 * put_rsdp: write a root pointer of revision 2 with a right checksum.
 */
static void put_rsdp(uint64_t address, uint64_t xsdt)
{
    uint8_t *bytes = boot_pointer(address);

    memset(bytes, 0, 36);
    memcpy(bytes, "RSD PTR ", 8);
    bytes[15] = 2;
    put(address + 24, xsdt, 8);
    for (unsigned i = 0; i < 20; i++) {
        bytes[8] -= i == 8 ? 0 : bytes[i];
    }
}

static void acpi_tables_in_free_memory_become_firmwares(void **state)
{
    const uint64_t rsdp = ARENA + 0x1010, xsdt = ARENA + 0x3000, madt = ARENA + 0x4FF0;
    const uint64_t fadt = ARENA + 0x8000, dsdt = ARENA + 0xA000;
    static const LOADER_MEMORY expected[] = {
        {ARENA, 1, LoaderMemoryFree, 0},
        {ARENA + 0x1000, 1, LoaderMemoryFirmware, 0},
        {ARENA + 0x2000, 1, LoaderMemoryFree, 0},
        {ARENA + 0x3000, 3, LoaderMemoryFirmware, 0},
        {ARENA + 0x6000, 2, LoaderMemoryFree, 0},
        {ARENA + 0x8000, 1, LoaderMemoryFirmware, 0},
        {ARENA + 0x9000, 1, LoaderMemoryFree, 0},
        {ARENA + 0xA000, 2, LoaderMemoryFirmware, 0},
        {ARENA + 0xC000, ARENA_PAGES - 12, LoaderMemoryFree, 0},
    };
    struct memory_map map = arena_map();

    (void)state;
    put_rsdp(rsdp, xsdt);
    put(xsdt + 4, 36 + 4 * 8, 4);
    put(xsdt + 36, madt, 8);
    put(xsdt + 44, fadt, 8);
    put(xsdt + 52, ARENA_END - 4, 8); /* its header does not fit */
    put(xsdt + 60, 1ull << 63, 8);
    put(madt + 4, 0x80, 4); /* two pages */
    memcpy(boot_pointer(fadt), "FACP", 4);
    put(fadt + 4, 116, 4);
    put(fadt + 36, 0, 4);
    put(fadt + 40, dsdt, 4);
    put(dsdt + 4, 0x1001, 4);

    assert_int_equal(acpi_find(rsdp, ARENA_END), rsdp);
    assert_true(acpi_protect(&map, rsdp, ARENA_END));
    check_map(&map, expected, sizeof(expected) / sizeof(expected[0]));
}

static void senseless_acpi_tables_change_nothing_more(void **state)
{
    const uint64_t rsdp = ARENA + 0x1010, xsdt = ARENA + 0x3000;
    static const uint64_t lengths[] = {0, 35, 0x1000001, 0xFFFFFFFF};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct memory_map map = arena_map();

        put_rsdp(rsdp, xsdt);
        put(xsdt + 4, lengths[i], 4);
        assert_true(acpi_protect(&map, rsdp, ARENA_END));
        assert_int_equal(map.count, 3);
        assert_int_equal(memory_map_type(&map, xsdt), LoaderMemoryFree);
    }
}

static int map_arena(void **state)
{
    (void)state;
    return mmap((void *)ARENA, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)ARENA
               ? 0
               : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_firmware_ranges_does_not_matter),
        cmocka_unit_test(free_memory_shrinks_to_pages_and_the_rest_grows),
        cmocka_unit_test(addresses_beyond_the_processors_are_cut_off),
        cmocka_unit_test(changing_touches_only_pages_of_the_type_named),
        cmocka_unit_test(the_lowest_free_run_between_the_limits_is_allocated),
        cmocka_unit_test(a_full_map_says_so_and_stays_in_order),
        cmocka_unit_test(the_map_agrees_with_an_array_of_pages),
        cmocka_unit_test(pages_are_mapped_with_exactly_their_protection),
        cmocka_unit_test(the_self_map_shows_every_table_without_execution),
        cmocka_unit_test(impossible_mappings_are_refused),
        cmocka_unit_test(running_out_of_memory_for_tables_is_noticed),
        cmocka_unit_test(acpi_tables_in_free_memory_become_firmwares),
        cmocka_unit_test(senseless_acpi_tables_change_nothing_more),
    };

    return cmocka_run_group_tests(tests, map_arena, NULL);
}
