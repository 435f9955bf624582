/* SPDX-License-Identifier: MIT */
/* test_page_map.c: physical pages (kernel/mm/page_map.c), compiled natively. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/mm/page_map.h"

/* Pages 2-9 and 0x20-0x7F are free; below 4 is not to be touched. */
static const LOADER_MEMORY memory[] = {
    { 0x0, 2, LoaderMemoryFirmware, 0 },     { 0x2000, 8, LoaderMemoryFree, 0 },
    { 0xA000, 6, LoaderMemoryLoaded, 0 },    { 0x20000, 0x60, LoaderMemoryFree, 0 },
    { 0x80000, 8, LoaderMemoryReserved, 0 },
};

#define PAGES (6u + 0x60u)

static MI_PAGE_MAP map;
static void *bitmap;

static int set_up(void **state)
{
    (void)state;
    MiPageMapInitialize(&map, memory, sizeof(memory) / sizeof(memory[0]), 4);
    bitmap =
        calloc(1, MiPageMapBitmapSize(&map)); /* its exact size, so that ASan sees an overrun */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(bitmap);
    return 0;
}

static bool is_free_memory(uint64_t page)
{
    return (page >= 4 && page < 10) || (page >= 0x20 && page < 0x80);
}

static void take_all(unsigned already)
{
    static bool seen[0x100];

    if (already == 0) {
        memset(seen, 0, sizeof(seen));
    }
    for (unsigned count = already; count < PAGES; count++) {
        uint64_t page = MiPageMapTake(&map);

        assert_true(is_free_memory(page));
        assert_false(seen[page]);
        seen[page] = true;
    }
    assert_int_equal(MiPageMapTake(&map), MI_NO_PAGE);
    assert_int_equal(map.FreeCount, 0);
}

static void without_storage_every_free_page_is_given_out_once(void **state)
{
    (void)state;
    assert_int_equal(map.FreeCount, PAGES);
    take_all(0);
}

static void with_a_bitmap_every_free_page_is_given_out_once(void **state)
{
    (void)state;
    MiPageMapAttach(&map, bitmap);
    take_all(0);
}

static void pages_taken_before_the_bitmap_stay_taken(void **state)
{
    bool seen[0x100] = { false };

    (void)state;
    for (unsigned count = 0; count < PAGES; count++) {
        uint64_t page = MiPageMapTake(&map);

        assert_true(is_free_memory(page));
        assert_false(seen[page]);
        seen[page] = true;
        if (count == 8) { /* in the second range */
            MiPageMapAttach(&map, bitmap);
        }
    }
    assert_int_equal(MiPageMapTake(&map), MI_NO_PAGE);
}

static void a_page_given_back_is_given_out_again(void **state)
{
    (void)state;
    MiPageMapAttach(&map, bitmap);
    take_all(0);
    assert_true(MiPageMapGive(&map, 0x33));
    assert_true(MiPageMapGive(&map, 0x5));
    assert_int_equal(map.FreeCount, 2);
    assert_int_equal(MiPageMapTake(&map), 0x5);
    assert_int_equal(MiPageMapTake(&map), 0x33);
    assert_int_equal(MiPageMapTake(&map), MI_NO_PAGE);
}

static void a_page_cannot_be_given_back_twice_or_by_a_stranger(void **state)
{
    (void)state;
    MiPageMapAttach(&map, bitmap);
    take_all(0);
    assert_true(MiPageMapGive(&map, 0x7F));
    assert_false(MiPageMapGive(&map, 0x7F));
    assert_false(MiPageMapGive(&map, 3));    /* below the lowest */
    assert_false(MiPageMapGive(&map, 0xA));  /* loaded */
    assert_false(MiPageMapGive(&map, 0x80)); /* reserved */
    assert_int_equal(map.FreeCount, 1);
}

static void a_run_is_contiguous_free_and_within_its_limits(void **state)
{
    (void)state;
    MiPageMapAttach(&map, bitmap);
    assert_int_equal(MiPageMapTakeRun(&map, 7, 0, UINT64_MAX - 1, 0), 0x20);
    assert_int_equal(MiPageMapTakeRun(&map, 6, 0, UINT64_MAX - 1, 0), 4);
    assert_int_equal(MiPageMapTakeRun(&map, 2, 0x40, 0x41, 0), 0x40);
    assert_int_equal(MiPageMapTakeRun(&map, 2, 0x41, 0x42, 0), MI_NO_PAGE);
    assert_int_equal(MiPageMapTakeRun(&map, 1, 0x7F, 0x7F, 0), 0x7F);
    assert_int_equal(MiPageMapTakeRun(&map, 0x60, 0, UINT64_MAX - 1, 0), MI_NO_PAGE);
    assert_int_equal(MiPageMapTakeRun(&map, 0, 0, UINT64_MAX - 1, 0), MI_NO_PAGE);
    assert_int_equal(map.FreeCount, PAGES - 7 - 6 - 2 - 1);
}

static void a_run_does_not_cross_its_boundary(void **state)
{
    uint64_t page;

    (void)state;
    MiPageMapAttach(&map, bitmap);
    assert_int_equal(MiPageMapTakeRun(&map, 3, 0x20, 0x7F, 0), 0x20);
    page = MiPageMapTakeRun(&map, 14, 0x20, 0x7F, 16); /* 23..2F would do without */
    assert_int_equal(page, 0x30);
    assert_int_equal(MiPageMapTakeRun(&map, 17, 0x20, 0x7F, 16), MI_NO_PAGE);
    assert_int_equal(MiPageMapTakeRun(&map, 16, 0x20, 0x7F, 16), 0x40);
}

static void random_use_keeps_the_books(void **state)
{
    bool used[0x100] = { false };
    unsigned random = 7, count = 0;

    (void)state;
    MiPageMapAttach(&map, bitmap);
    for (unsigned round = 0; round < 100000; round++) {
        uint64_t page = (random = random * 1103515245u + 12345u) / 65536 % 0x90;

        if (random / 256 % 2 == 0) {
            assert_int_equal(MiPageMapGive(&map, page), used[page]);
            count -= used[page];
            used[page] = false;
        } else if (random / 256 % 3 == 0) {
            page = MiPageMapTakeRun(&map, 3, 0, UINT64_MAX - 1, 0);
            for (unsigned index = 0; page != MI_NO_PAGE && index < 3; index++, count++) {
                assert_true(is_free_memory(page + index) && !used[page + index]);
                used[page + index] = true;
            }
        } else if ((page = MiPageMapTake(&map)) != MI_NO_PAGE) {
            assert_true(is_free_memory(page) && !used[page]);
            used[page] = true;
            count++;
        }
        assert_int_equal(map.FreeCount, PAGES - count);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_storage_every_free_page_is_given_out_once),
        TEST(with_a_bitmap_every_free_page_is_given_out_once),
        TEST(pages_taken_before_the_bitmap_stay_taken),
        TEST(a_page_given_back_is_given_out_again),
        TEST(a_page_cannot_be_given_back_twice_or_by_a_stranger),
        TEST(a_run_is_contiguous_free_and_within_its_limits),
        TEST(a_run_does_not_cross_its_boundary),
        TEST(random_use_keeps_the_books),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
