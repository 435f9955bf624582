/* SPDX-License-Identifier: MIT */
/* test_range_map.c: virtual address ranges (kernel/mm/range_map.c), compiled natively. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/mm/range_map.h"

#define FIRST 0x1000u
#define PAGES 0x400u

static MI_RANGE_MAP map;
static MI_EXTENT nodes[4];

static int set_up(void **state)
{
    (void)state;
    memset(&map, 0, sizeof(map));
    MiRangeMapAddNodes(&map, nodes, sizeof(nodes));
    assert_int_equal(MiRangeMapGive(&map, FIRST, PAGES), MI_RANGE_GIVEN);
    return 0;
}

static unsigned count_extents(void)
{
    unsigned count = 0;
    uint64_t pages = 0;

    for (const MI_EXTENT *extent = map.Free; extent != NULL; extent = extent->Next) {
        assert_true(extent->Pages > 0);
        if (extent->Next != NULL) { /* ascending, and joined */
            assert_true(extent->Page + extent->Pages < extent->Next->Page);
        }
        pages += extent->Pages;
        count++;
    }
    assert_int_equal(pages, map.FreePages);
    return count;
}

static void a_range_is_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    assert_int_equal(MiRangeMapTake(&map, PAGES + 1), 0);
    assert_int_equal(MiRangeMapTake(&map, 0), 0);
    assert_int_equal(MiRangeMapTake(&map, UINT64_MAX), 0);
    assert_int_equal(MiRangeMapTake(&map, PAGES), FIRST);
    assert_int_equal(MiRangeMapTake(&map, 1), 0);
    assert_null(map.Free);
}

static void neighbours_are_joined(void **state)
{
    uint64_t first = MiRangeMapTake(&map, 10), second = MiRangeMapTake(&map, 20),
             third = MiRangeMapTake(&map, 30);

    (void)state;
    assert_int_equal(MiRangeMapGive(&map, first, 10), MI_RANGE_GIVEN);
    assert_int_equal(count_extents(), 2);
    assert_int_equal(MiRangeMapGive(&map, third, 30), MI_RANGE_GIVEN); /* joins what follows */
    assert_int_equal(count_extents(), 2);
    assert_int_equal(MiRangeMapGive(&map, second, 20), MI_RANGE_GIVEN); /* joins both sides */
    assert_int_equal(count_extents(), 1);
    assert_int_equal(MiRangeMapTake(&map, PAGES), FIRST);
}

static void a_gap_is_used_again(void **state)
{
    uint64_t first = MiRangeMapTake(&map, 10);

    (void)state;
    assert_int_not_equal(MiRangeMapTake(&map, 1), 0);
    assert_int_equal(MiRangeMapGive(&map, first, 10), MI_RANGE_GIVEN);
    assert_int_equal(MiRangeMapTake(&map, 11), first + 11);
    assert_int_equal(MiRangeMapTake(&map, 4), first);
    assert_int_equal(MiRangeMapTake(&map, 6), first + 4);
}

static void what_is_free_cannot_be_given_back(void **state)
{
    uint64_t page = MiRangeMapTake(&map, 10);

    (void)state;
    assert_int_equal(MiRangeMapGive(&map, page, 11), MI_RANGE_OVERLAP);
    assert_int_equal(MiRangeMapGive(&map, page + 10, 1), MI_RANGE_OVERLAP);
    assert_int_equal(MiRangeMapGive(&map, page + 12, 1), MI_RANGE_OVERLAP);
    assert_int_equal(MiRangeMapGive(&map, page + 5, 5), MI_RANGE_GIVEN);
    assert_int_equal(MiRangeMapGive(&map, page + 4, 2), MI_RANGE_OVERLAP);
    assert_int_equal(MiRangeMapGive(&map, page, 5), MI_RANGE_GIVEN);
    assert_int_equal(MiRangeMapGive(&map, page, 10), MI_RANGE_OVERLAP);
    assert_int_equal(count_extents(), 1);
}

static void giving_back_asks_for_a_node_and_changes_nothing_without(void **state)
{
    static MI_EXTENT more[2];
    uint64_t pages[10];
    unsigned index;

    (void)state;
    for (index = 0; index < 10; index++) {
        pages[index] = MiRangeMapTake(&map, 1);
    }
    for (index = 0; index < 6; index += 2) { /* three gaps and the rest: all four nodes */
        assert_int_equal(MiRangeMapGive(&map, pages[index], 1), MI_RANGE_GIVEN);
    }
    assert_int_equal(MiRangeMapGive(&map, pages[6], 1), MI_RANGE_NO_NODE);
    assert_int_equal(count_extents(), 4);
    MiRangeMapAddNodes(&map, more, sizeof(more));
    assert_int_equal(MiRangeMapGive(&map, pages[6], 1), MI_RANGE_GIVEN);
    assert_int_equal(count_extents(), 5);
}

static void nodes_are_used_again(void **state)
{
    uint64_t first = MiRangeMapTake(&map, 1), second = MiRangeMapTake(&map, 1);

    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        assert_int_equal(MiRangeMapGive(&map, first, 1), MI_RANGE_GIVEN);
        assert_int_equal(MiRangeMapGive(&map, second, 1), MI_RANGE_GIVEN);
        assert_int_equal(MiRangeMapTake(&map, 1), first);
        assert_int_equal(MiRangeMapTake(&map, 1), second);
    }
}

static void random_use_never_gives_a_page_twice(void **state)
{
    static MI_EXTENT more[PAGES];
    static uint8_t used[PAGES];
    static uint16_t length[PAGES];
    unsigned random = 3, taken = 0;

    (void)state;
    MiRangeMapAddNodes(&map, more, sizeof(more));
    for (unsigned round = 0; round < 20000; round++) {
        unsigned at = (random = random * 1103515245u + 12345u) / 65536 % PAGES;

        if (length[at] != 0) {
            assert_int_equal(MiRangeMapGive(&map, FIRST + at, length[at]), MI_RANGE_GIVEN);
            memset(&used[at], 0, length[at]);
            taken -= length[at];
            length[at] = 0;
        } else {
            unsigned pages = 1 + random / 256 % 16;
            uint64_t page = MiRangeMapTake(&map, pages);

            if (page != 0) {
                assert_true(page >= FIRST && page + pages <= FIRST + PAGES);
                for (unsigned index = 0; index < pages; index++) {
                    assert_false(used[page - FIRST + index]);
                    used[page - FIRST + index] = 1;
                }
                length[page - FIRST] = (uint16_t)pages;
                taken += pages;
            }
        }
        assert_int_equal(map.FreePages, PAGES - taken);
        count_extents();
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(a_range_is_taken_whole_or_not_at_all),
        TEST(neighbours_are_joined),
        TEST(a_gap_is_used_again),
        TEST(what_is_free_cannot_be_given_back),
        TEST(giving_back_asks_for_a_node_and_changes_nothing_without),
        TEST(nodes_are_used_again),
        TEST(random_use_never_gives_a_page_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
