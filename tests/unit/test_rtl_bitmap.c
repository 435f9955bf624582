/* SPDX-License-Identifier: MIT */
/*
 * test_rtl_bitmap.c: the bitmap routines, compiled natively against rtl/nt.h,
 * compared with arrays of bool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int host_rand(void)
{
    return rand();
}

#include "rtl/names.h"

#include "rtl/nt.h"

/* The plainest model of a bitmap search: try every start in the documented order. */
static ULONG model_find(const bool *bits, ULONG size, ULONG count, ULONG hint, bool set)
{
    ULONG round, start, i;

    if (hint >= size)
        hint = 0;
    for (round = 0; round < 2; round++) {
        for (start = round == 0 ? hint : 0; start < (round == 0 ? size : hint); start++) {
            for (i = 0; i < count && start + i < size && bits[start + i] == set; i++)
                continue;
            if (i == count)
                return start;
        }
    }
    return MAXULONG;
}

static void check_runs(PRTL_BITMAP map, const bool *bits, ULONG size)
{
    RTL_BITMAP_RUN runs[128], longest[4];
    ULONG count = RtlFindClearRuns(map, runs, 128, FALSE), total = 0, i, start, length, best = 0;
    ULONG from = (ULONG)host_rand() % size, kept = RtlFindClearRuns(map, longest, 4, TRUE);

    for (i = 0; i < count; i++) {
        assert_true(RtlAreBitsClear(map, runs[i].StartingIndex, runs[i].NumberOfBits));
        total += runs[i].NumberOfBits;
        best = runs[i].NumberOfBits > best ? runs[i].NumberOfBits : best;
    }
    assert_int_equal(total, RtlNumberOfClearBits(map));
    assert_int_equal(RtlFindLongestRunClear(map, &start), best);
    assert_int_equal(kept, count < 4 ? count : 4);
    for (i = 0; i < kept; i++) {
        assert_true(RtlAreBitsClear(map, longest[i].StartingIndex, longest[i].NumberOfBits));
        assert_true(i == 0 || longest[i].NumberOfBits <= longest[i - 1].NumberOfBits);
    }
    length = RtlFindNextForwardRunClear(map, from, &start);
    for (i = from; i < start; i++)
        assert_true(bits[i]);
    assert_true(length == 0 ? start == size : RtlAreBitsClear(map, start, length));
    assert_true(start + length == size || bits[start + length]);
    length = RtlFindLastBackwardRunClear(map, from, &start);
    for (i = start + length; length != 0 && i <= from; i++)
        assert_true(bits[i]);
    assert_true(length == 0 || RtlAreBitsClear(map, start, length));
    assert_true(length == 0 || start == 0 || bits[start - 1]);
}

static void bitmaps_agree_with_a_plain_model(void **state)
{
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        ULONG size = 1 + (ULONG)host_rand() % 130, i, ones = 0;
        ULONG *buffer = malloc((size + 31) / 32 * 4);
        ULONG start = (ULONG)host_rand() % (size + 4), count = (ULONG)host_rand() % (size + 8);
        bool bits[160] = { false }, all_set = true, all_clear = true;
        RTL_BITMAP map;

        RtlInitializeBitMap(&map, buffer, size);
        RtlSetAllBits(&map);
        assert_int_equal(RtlNumberOfSetBits(&map), size);
        RtlClearAllBits(&map);
        for (i = 0; i < size; i++) {
            bits[i] = host_rand() % (1 + round % 7) == 0;
            if (bits[i])
                RtlSetBit(&map, i);
        }
        if (host_rand() % 2 == 0) {
            bool set = host_rand() % 2 == 0;

            (set ? RtlSetBits : RtlClearBits)(&map, start, count);
            for (i = start; i < size && i - start < count; i++)
                bits[i] = set;
        }
        for (i = 0; i < size; i++) {
            assert_int_equal(RtlTestBit(&map, i), bits[i]);
            ones += bits[i];
        }
        assert_int_equal(RtlNumberOfSetBits(&map), ones);
        for (i = start; i < start + count; i++) {
            all_set = all_set && i < size && bits[i];
            all_clear = all_clear && i < size && !bits[i];
        }
        assert_int_equal(RtlAreBitsSet(&map, start, count), all_set && count > 0);
        assert_int_equal(RtlAreBitsClear(&map, start, count), all_clear && count > 0);
        count = 1 + (ULONG)host_rand() % 12;
        assert_int_equal(RtlFindClearBits(&map, count, start),
                         model_find(bits, size, count, start, false));
        assert_int_equal(RtlFindSetBits(&map, count, start),
                         model_find(bits, size, count, start, true));
        check_runs(&map, bits, size);
        i = RtlFindClearBitsAndSet(&map, count, start);
        assert_true(i == MAXULONG || RtlAreBitsSet(&map, i, count));
        free(buffer);
    }
}

static void significant_bits(void **state)
{
    (void)state;
    assert_int_equal(RtlFindMostSignificantBit(0), -1);
    assert_int_equal(RtlFindMostSignificantBit(1ull << 63 | 1), 63);
    assert_int_equal(RtlFindLeastSignificantBit(1ull << 40), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bitmaps_agree_with_a_plain_model),
        cmocka_unit_test(significant_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
