/* SPDX-License-Identifier: MIT */
/* test_heap.c: the blocks of pool (kernel/ex/heap.c), compiled natively. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/ex/heap.h"

#define TAG 0x31676154u

static EXP_HEAP heap;
static unsigned given_back;

static int set_up(void **state)
{
    (void)state;
    ExpHeapInitialize(&heap, 2);
    given_back = 0;
    return 0;
}

static void add_page(void)
{
    void *page = aligned_alloc(EXP_PAGE_SIZE, EXP_PAGE_SIZE);

    assert_non_null(page);
    memset(page, 0xAA, EXP_PAGE_SIZE); /* the heap relies on nothing that is in it */
    ExpHeapAddPage(&heap, page);
}

static void *take(size_t size, bool aligned)
{
    EXP_BLOCK *block;
    EXP_HEAP_INFO info;
    EXP_HEAP_STATUS status;

    while ((status = ExpHeapTake(&heap, size, aligned, &block, &info)) == EXP_HEAP_NO_PAGE) {
        add_page();
    }
    assert_int_equal(status, EXP_HEAP_OK);
    return ExpHeapDress(block, size, 512, TAG);
}

static EXP_HEAP_STATUS check(void *address, uint32_t tag, EXP_HEAP_INFO *info)
{
    uint32_t id = 99;
    EXP_HEAP_STATUS status = ExpHeapCheck(address, tag, &id, info);

    if (status == EXP_HEAP_OK) {
        assert_int_equal(id, 2);
    }
    return status;
}

static void give(void *address)
{
    EXP_HEAP_INFO info;
    void *page;

    assert_int_equal(check(address, TAG, &info), EXP_HEAP_OK);
    page = ExpHeapPut(&heap, address);
    if (page != NULL) {
        given_back++;
        free(page);
    }
}

/* Free the pages that the heap keeps. */
static int tear_down(void **state)
{
    EXP_HEAP_INFO info;
    EXP_BLOCK *block;

    (void)state;
    while (ExpHeapTake(&heap, EXP_HEAP_MAXIMUM, false, &block, &info) == EXP_HEAP_OK) {
        free((void *)((uintptr_t)block & ~(uintptr_t)(EXP_PAGE_SIZE - 1)));
    }
    return 0;
}

static void every_size_fits_into_its_block_within_one_page(void **state)
{
    (void)state;
    for (size_t size = 0; size <= EXP_HEAP_MAXIMUM; size++) {
        unsigned char *bytes = take(size, false);
        uintptr_t last = (uintptr_t)bytes + (size == 0 ? 0 : size - 1);

        assert_int_equal((uintptr_t)bytes % 16, 0);
        assert_int_equal((uintptr_t)bytes / EXP_PAGE_SIZE, last / EXP_PAGE_SIZE);
        assert_int_not_equal((uintptr_t)bytes % EXP_PAGE_SIZE, 0);
        memset(bytes, 0x5A, size);
        give(bytes);
    }
}

static void cache_aligned_blocks_are_cache_aligned(void **state)
{
    void *blocks[100];

    (void)state;
    for (size_t size = 0; size <= EXP_HEAP_MAXIMUM; size += 37) {
        for (size_t index = 0; index < 100; index++) {
            blocks[index] = take(size, true);
            assert_int_equal((uintptr_t)blocks[index] % 64, 0);
        }
        for (size_t index = 0; index < 100; index++) {
            give(blocks[index]);
        }
    }
}

static void blocks_in_use_never_overlap(void **state)
{
    enum { COUNT = 6000, ROUNDS = 100000 };
    static struct {
        unsigned char *bytes;
        size_t size;
    } used[COUNT];
    unsigned random = 1;

    (void)state;
    memset(used, 0, sizeof(used));
    for (unsigned round = 0; round < ROUNDS + COUNT; round++) {
        size_t index = round < ROUNDS ? (random = random * 1103515245u + 12345u) / 65536 % COUNT
                                      : round - ROUNDS;

        if (used[index].bytes != NULL) {
            for (size_t at = 0; at < used[index].size; at++) {
                assert_int_equal(used[index].bytes[at], (unsigned char)index);
            }
            give(used[index].bytes);
            used[index].bytes = NULL;
        } else if (round < ROUNDS) {
            random = random * 1103515245u + 12345u;
            used[index].size = random / 65536 % (random % 5 == 0 ? EXP_HEAP_MAXIMUM + 1 : 200);
            used[index].bytes = take(used[index].size, random % 7 == 0);
            memset(used[index].bytes, (int)index, used[index].size);
        }
    }
    assert_true(given_back > 0);
    assert_int_equal(heap.EmptyCount, EXP_HEAP_KEEP);
    assert_int_equal(heap.Pages, EXP_HEAP_KEEP);
}

static void an_empty_page_serves_another_class(void **state)
{
    void *small = take(10, false);

    (void)state;
    give(small);
    give(take(3000, false));
    assert_int_equal(heap.Pages, 1);
}

static void a_second_free_is_found(void **state)
{
    void *first = take(100, false), *second = take(100, false);
    EXP_HEAP_INFO info;

    (void)state;
    give(first);
    assert_int_equal(check(first, 0, &info), EXP_HEAP_FREED);
    assert_int_equal(info.Tag, TAG);
    give(second); /* now the page is empty */
    assert_int_equal(check(second, 0, &info), EXP_HEAP_FREED);
}

static void a_write_of_one_byte_behind_the_block_is_found(void **state)
{
    (void)state;
    for (size_t size = 0; size <= EXP_HEAP_MAXIMUM; size += 1 + size / 16) {
        unsigned char *bytes = take(size, false);
        EXP_HEAP_INFO info;

        bytes[size] ^= 0x01;
        assert_int_equal(check(bytes, 0, &info), EXP_HEAP_OVERRUN);
        assert_int_equal(info.Size, size);
        assert_int_equal(info.Tag, TAG);
        assert_int_equal(info.Value & 0xFF, bytes[size]);
        bytes[size] ^= 0x01;
        give(bytes);
    }
}

static void a_changed_header_is_found(void **state)
{
    unsigned char *bytes = take(40, false);
    EXP_HEAP_INFO info;

    (void)state;
    for (size_t offset = 1; offset <= 16; offset++) {
        bytes[-(ptrdiff_t)offset] ^= 0x40;
        assert_int_equal(check(bytes, 0, &info), EXP_HEAP_BAD_HEADER);
        assert_ptr_equal(info.Header, bytes - 16);
        bytes[-(ptrdiff_t)offset] ^= 0x40;
    }
    give(bytes);
}

static void another_blocks_header_is_a_changed_one(void **state)
{
    unsigned char *first = take(40, false), *second = take(40, false), kept[16];
    EXP_HEAP_INFO info;

    (void)state;
    memcpy(kept, second - 16, 16);
    memcpy(second - 16, first - 16, 16);
    assert_int_equal(check(second, 0, &info), EXP_HEAP_BAD_HEADER);
    memcpy(second - 16, kept, 16);
    give(first);
    give(second);
}

static void a_write_to_a_free_block_is_found_when_it_is_given_out(void **state)
{
    unsigned char *bytes = take(40, false), *other = take(40, false);
    EXP_HEAP_INFO info;
    EXP_BLOCK *block;

    (void)state;
    give(bytes);
    bytes[3] ^= 0x10; /* where the link to the next free block is */
    assert_int_equal(ExpHeapTake(&heap, 40, false, &block, &info), EXP_HEAP_BAD_FREE);
    assert_ptr_equal(info.Header, bytes - 16);
    bytes[3] ^= 0x10;
    give(other);
}

static void the_tag_must_match_unless_it_is_zero(void **state)
{
    void *bytes = take(40, false);
    EXP_HEAP_INFO info;

    (void)state;
    assert_int_equal(check(bytes, TAG + 1, &info), EXP_HEAP_WRONG_TAG);
    assert_int_equal(info.Tag, TAG);
    assert_int_equal(check(bytes, 0, &info), EXP_HEAP_OK);
    ExpHeapPut(&heap, bytes);
}

static void an_address_inside_a_block_is_none(void **state)
{
    unsigned char *bytes = take(100, false);
    unsigned char *page = (unsigned char *)((uintptr_t)bytes & ~(uintptr_t)(EXP_PAGE_SIZE - 1));
    EXP_HEAP_INFO info;

    (void)state;
    for (size_t offset = 1; offset < EXP_PAGE_SIZE; offset++) {
        EXP_HEAP_STATUS status = check(page + offset, 0, &info);

        if (page + offset == bytes) {
            assert_int_equal(status, EXP_HEAP_OK);
            ExpHeapPut(&heap, bytes);
        } else {
            assert_true(status == EXP_HEAP_NOT_A_BLOCK || status == EXP_HEAP_FREED);
        }
    }
}

static void a_page_that_is_no_slab_holds_no_block(void **state)
{
    unsigned char *page = aligned_alloc(EXP_PAGE_SIZE, EXP_PAGE_SIZE);
    unsigned char *slab = (unsigned char *)((uintptr_t)take(40, false) & ~(uintptr_t)4095);
    EXP_HEAP_INFO info;

    (void)state;
    memcpy(page, slab, EXP_PAGE_SIZE); /* not even a copy of one */
    for (size_t offset = 16; offset < EXP_PAGE_SIZE; offset += 16) {
        assert_int_equal(check(page + offset, 0, &info), EXP_HEAP_NOT_A_BLOCK);
    }
    free(page);
    free(slab);
    ExpHeapInitialize(&heap, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_size_fits_into_its_block_within_one_page),
        TEST(cache_aligned_blocks_are_cache_aligned),
        TEST(blocks_in_use_never_overlap),
        TEST(an_empty_page_serves_another_class),
        TEST(a_second_free_is_found),
        TEST(a_write_of_one_byte_behind_the_block_is_found),
        TEST(a_changed_header_is_found),
        TEST(another_blocks_header_is_a_changed_one),
        TEST(a_write_to_a_free_block_is_found_when_it_is_given_out),
        TEST(the_tag_must_match_unless_it_is_zero),
        TEST(an_address_inside_a_block_is_none),
        TEST(a_page_that_is_no_slab_holds_no_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
