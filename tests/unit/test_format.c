/* SPDX-License-Identifier: MIT */
/*
 * test_format.c: the printf engine, compiled natively.
 *
 * Expected texts are those of the reference page "Format specification syntax:
 * printf and wprintf functions"; integers are also compared with the C
 * library's for random specifications.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/rtl/format.h"

#define MS_ABI __attribute__((ms_abi))
#define GUARD  0x5A

struct counted_string {
    uint16_t length, maximum_length;
    const void *buffer;
};

static MS_ABI int format(char *buffer, size_t size, const char *text, ...)
{
    __builtin_ms_va_list list;
    int length;

    __builtin_ms_va_start(list, text);
    length = RtlpFormat(buffer, size, text, list);
    __builtin_ms_va_end(list);
    return length;
}

static MS_ABI int format_wide(uint16_t *buffer, size_t size, const uint16_t *text, ...)
{
    __builtin_ms_va_list list;
    int length;

    __builtin_ms_va_start(list, text);
    length = RtlpFormatWide(buffer, size, text, list);
    __builtin_ms_va_end(list);
    return length;
}

/* Compare the whole text, and the text cut at every length, guard bytes included. */
#define expect(expected, ...)                                                         \
    do {                                                                              \
        const char *whole_ = (expected);                                              \
        size_t length_ = strlen(whole_), size_;                                       \
        char buffer_[300];                                                            \
                                                                                      \
        assert_true(length_ < sizeof(buffer_) - 2);                                   \
        for (size_ = 0; size_ <= length_ + 1; size_++) {                              \
            memset(buffer_, GUARD, sizeof(buffer_));                                  \
            assert_int_equal(format(buffer_, size_, __VA_ARGS__), length_);           \
            assert_int_equal(buffer_[size_], GUARD);                                  \
            if (size_ > 0) {                                                          \
                assert_int_equal(buffer_[size_ - 1], 0);                              \
                assert_memory_equal(buffer_, whole_, size_ - 1);                      \
            }                                                                         \
        }                                                                             \
        assert_string_equal(buffer_, whole_);                                         \
    } while (0)

#define expect_wide(expected, ...)                                                    \
    do {                                                                              \
        static const uint16_t whole_[] = expected;                                    \
        size_t length_ = sizeof(whole_) / 2 - 1, size_;                               \
        uint16_t buffer_[300];                                                        \
                                                                                      \
        for (size_ = 0; size_ <= length_ + 1; size_++) {                              \
            memset(buffer_, GUARD, sizeof(buffer_));                                  \
            assert_int_equal(format_wide(buffer_, size_, __VA_ARGS__), length_);      \
            assert_int_equal(buffer_[size_], GUARD << 8 | GUARD);                     \
            if (size_ > 0) {                                                          \
                assert_int_equal(buffer_[size_ - 1], 0);                              \
                assert_memory_equal(buffer_, whole_, (size_ - 1) * 2);                \
            }                                                                         \
        }                                                                             \
    } while (0)

static void plain_text_and_percent(void **state)
{
    (void)state;
    expect("", "");
    expect("hello", "hello");
    expect("100%", "100%%");
    expect("a%b%", "a%%b%%");
    expect("x", "x%");
    expect("y", "%y");
    expect("y", "%-08.3y");
    expect("\xC3\xA9", "\xC3\xA9");
}

static void integers(void **state)
{
    (void)state;
    expect("0 -1 2147483647 -2147483648", "%d %i %d %d", 0, -1, INT_MAX, INT_MIN);
    expect("4294967295", "%u", -1);
    expect("ff FF 377", "%x %X %o", 255, 255, 255);
    expect("-128 127 255", "%hhd %hhd %hhu", 0x180, 0x17F, -1);
    expect("-32768 65535 fff0", "%hd %hu %hx", 0x18000, -1, 0xAFFF0);
    expect("-1 4294967295", "%ld %lu", -1, -1);
    expect("-9223372036854775808", "%lld", INT64_MIN);
    expect("18446744073709551615", "%llu", UINT64_MAX);
    expect("-9223372036854775808 7fffffffffffffff", "%I64d %I64x", INT64_MIN, INT64_MAX);
    expect("-2 fffffffe", "%I32d %I32x", -2, -2);
    expect("123456789012345678 FEDCBA9876543210", "%Iu %IX", 123456789012345678ull,
           0xFEDCBA9876543210ull);
    expect("-5 -5 5 1777777777777777777773", "%jd %td %zu %zo", (int64_t)-5, (int64_t)-5,
           (uint64_t)5, (int64_t)-5);
    expect("7 8", "%wd %Ld", 7, 8);
}

static void integers_ignore_the_upper_half_of_a_slot(void **state)
{
    (void)state;
    expect("1 -1 1", "%d %ld %I32u", 0x1234567800000001ull, 0x12345678FFFFFFFFull,
           0xFFFFFFFF00000001ull);
}

static void flags_width_and_precision(void **state)
{
    (void)state;
    expect("   42|42   |00042|  042", "%5d|%-5d|%05d|%5.3d", 42, 42, 42, 42);
    expect("+42| 42|+42|-42", "%+d|% d|%+ d|% d", 42, 42, 42, -42);
    expect("0x2a|0X2A|052|0|0|0", "%#x|%#X|%#o|%#x|%#X|%#o", 42, 42, 42, 0, 0, 0);
    expect("0x0000002a|    0x2a|0x2a    ", "%#010x|%#8x|%-#8x", 42, 42, 42);
    expect("||0", "%.0d|%.x|%.1d", 0, 0, 0);
    expect("-00042|-0042", "%06d|%.4d", -42, -42);
    expect("42   |", "%-05d|", 42);
    expect("   42|42   |00042|42", "%*d|%*d|%.*d|%.*d", 5, 42, -5, 42, 5, 42, -5, 42);
    expect("00012|012", "%#.5o|%#.2o", 10, 10);
    expect("  +42", "%+5d", 42);
}

static void pointers(void **state)
{
    (void)state;
    expect("FFFFF80312345678", "%p", (void *)0xFFFFF80312345678ull);
    expect("0000000000000000", "%p", NULL);
    expect("  00000000DEADBEEF", "%18p", (void *)0xDEADBEEFull);
    expect("00000000DEADBEEF  |", "%-18p|", (void *)0xDEADBEEFull);
    expect("00000000DEADBEEF", "%hp", (void *)0xDEADBEEFull);
    expect("0X00000000DEADBEEF", "%#p", (void *)0xDEADBEEFull);
}

static void narrow_text(void **state)
{
    (void)state;
    expect("abc|  abc|abc  |ab|   ab", "%s|%5s|%-5s|%.2s|%5.2s", "abc", "abc", "abc", "abc",
           "abc");
    expect("abc|abc|00abc", "%hs|%hS|%05s", "abc", "abc", "abc");
    expect("(null)|(nu|  (null)", "%s|%.3s|%8s", NULL, NULL, NULL);
    expect("(null)|(null)", "%ls|%S", NULL, NULL);
    expect("|  |", "%s|%2s|%.0s", "", "", "abc");
    expect("x|  x|x  |x|x", "%c|%3c|%-3c|%hc|%hC", 'x', 'x', 'x', 'x', 'x');
}

static void wide_text_in_narrow_output(void **state)
{
    (void)state;
    expect("abc|abc|abc", "%ws|%ls|%S", u"abc", u"abc", u"abc");
    expect("\xC3\xA9|\xE2\x82\xAC|\xF0\x9F\x98\x80", "%ws|%ws|%ws", u"\u00E9", u"\u20AC",
           u"\U0001F600");
    expect("  \xE2\x82\xAC|\xF0\x9F\x98\x80  ", "%3ws|%-3ws", u"\u20AC", u"\U0001F600");
    expect("ab|\xE2\x82\xAC\xE2\x82\xAC", "%.2ws|%.2ws", u"abc", u"\u20AC\u20AC\u20AC");
    expect("x|x|\xE2\x82\xAC|?", "%C|%lc|%wc|%wc", 'x', 'x', 0x20AC, 0xD800);
}

static void lone_surrogates_are_question_marks(void **state)
{
    static const uint16_t high_end[] = { 'a', 0xD83D, 0 };
    static const uint16_t high_middle[] = { 0xD83D, 'b', 0 };
    static const uint16_t low[] = { 0xDE00, 0xD83D, 0xDE00, 0 };

    (void)state;
    expect("a?", "%ws", high_end);
    expect("?b", "%ws", high_middle);
    expect("?\xF0\x9F\x98\x80", "%ws", low);
    expect("?", "%.1ws", low + 1);
}

static void counted_strings(void **state)
{
    static const struct counted_string ansi = { 3, 8, "abcdef" };
    static const struct counted_string wide = { 6, 16, u"\u20ACbcdef" };
    static const struct counted_string odd = { 5, 16, u"abcdef" };
    static const struct counted_string zeros = { 3, 3, "a\0b" };
    static const struct counted_string empty = { 0, 0, NULL };
    char buffer[8];

    (void)state;
    expect("abc|abc|  abc|ab", "%Z|%hZ|%5Z|%.2Z", &ansi, &ansi, &ansi, &ansi);
    expect("\xE2\x82\xAC" "bc|\xE2\x82\xAC" "bc|\xE2\x82\xAC" "bc  ", "%wZ|%lZ|%-5wZ", &wide,
           &wide, &wide);
    expect("ab", "%wZ", &odd);
    expect("(null)|(null)|(null)|(null)", "%Z|%wZ|%Z|%wZ", NULL, NULL, &empty, &empty);
    assert_int_equal(format(buffer, sizeof(buffer), "%Z", &zeros), 3);
    assert_memory_equal(buffer, "a\0b", 4);
}

static void characters_may_be_zero(void **state)
{
    char buffer[8];

    (void)state;
    assert_int_equal(format(buffer, sizeof(buffer), "a%cb", 0), 3);
    assert_memory_equal(buffer, "a\0b", 4);
}

static void floating_point_prints_its_specification(void **state)
{
    (void)state;
    expect("%f 7", "%f %d", 1.5, 7);
    expect("%e%E%g%G%a%A%F 7", "%e%E%g%G%a%A%F %d", 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 7);
    expect("%-8.3Lf|7", "%-8.3Lf|%d", 1.5, 7);
    expect("%*.*f|7", "%*.*f|%d", 1, 2, 1.5, 7);
}

static void n_writes_nothing(void **state)
{
    uint64_t target = 0x1122334455667788ull;

    (void)state;
    expect("ab7", "a%nb%d", &target, 7);
    expect("7", "%I64n%d", &target, 7);
    assert_true(target == 0x1122334455667788ull);
}

static void wide_format(void **state)
{
    static const struct counted_string ansi = { 3, 8, "abcdef" };
    static const struct counted_string wide = { 6, 16, u"\u20ACbcdef" };
    static const uint16_t lone[] = { 0xD800, 0 };
    uint16_t buffer[4];

    (void)state;
    expect_wide(u"a\u20AC|  42|FF%", u"a\u20AC|%4d|%X%%", 42, 255);
    expect_wide(u"abc|abc|abc|abc", u"%s|%ls|%ws|%lS", u"abc", u"abc", u"abc", u"abc");
    expect_wide(u"abc|abc|\u20AC", u"%S|%hs|%hS", "abc", "abc", "\xE2\x82\xAC");
    expect_wide(u"\U0001F600|\uFFFD(", u"%hs|%hs", "\xF0\x9F\x98\x80", "\xE2(");
    expect_wide(u"x\u20ACxy|(null)", u"%c%c%C%hc|%s", 'x', 0x20AC, 'x', 'y', NULL);
    expect_wide(u"abc|\u20ACbc", u"%Z|%wZ", &ansi, &wide);
    expect_wide(u"%5.1f 7", u"%5.1f %d", 1.0, 7);
    assert_int_equal(format_wide(buffer, 4, u"%s", lone), 1);
    assert_int_equal(buffer[0], 0xD800);
}

static void precision_bounds_what_is_read(void **state)
{
    long page = sysconf(_SC_PAGESIZE);
    char *base = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
    char *end = base + page;
    struct counted_string counted = { 6, 6, end - 6 };

    (void)state;
    assert_true(base != MAP_FAILED);
    assert_int_equal(mprotect(end, (size_t)page, PROT_NONE), 0);
    memcpy(end - 6, u"ab\xD83D", 6);
    expect("ab?|ab?|ab?", "%.3ws|%.*S|%wZ", end - 6, 3, end - 6, &counted);
    memcpy(end - 3, "xyz", 3);
    expect("xyz|xyz", "%.3s|%.*s", end - 3, 3, end - 3);
    /* Text that ends with its terminator at the page's end, half a sequence before it. */
    memcpy(end - 3, "\xF0\x9F", 3);
    expect_wide(u"\uFFFD", u"%hs", end - 3);
    memcpy(end - 4, u"\xD83D", 4);
    expect("?", "%ws", end - 4);
    assert_int_equal(munmap(base, 2 * (size_t)page), 0);
}

static void huge_fields_cost_nothing_and_do_not_overflow(void **state)
{
    char buffer[8];

    (void)state;
    assert_int_equal(format(buffer, sizeof(buffer), "%2147483647d", 1), INT_MAX);
    assert_string_equal(buffer, "       ");
    assert_int_equal(format(buffer, sizeof(buffer), "%99999999999999999999d", 1), INT_MAX);
    assert_int_equal(format(buffer, sizeof(buffer), "%.2147483647d%.2147483647d", 1, 1), INT_MAX);
    assert_string_equal(buffer, "0000000");
    assert_int_equal(format(buffer, sizeof(buffer), "%*d", INT_MIN, 1), INT_MAX);
    assert_string_equal(buffer, "1      ");
    assert_int_equal(format(NULL, 0, "%*s%*s", INT_MAX, "", INT_MAX, ""), INT_MAX);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* The sizes: ours, and what gives the same number of bits in the C library. */
static const struct {
    const char *ours, *libc;
} sizes[] = {
    { "", "" },      { "hh", "hh" }, { "h", "h" }, { "l", "" },  { "ll", "ll" }, { "I64", "ll" },
    { "I32", "" },   { "I", "ll" },  { "j", "j" }, { "z", "z" }, { "t", "t" },   { "w", "" },
};

static void numbers_agree_with_the_c_library(void **state)
{
    uint64_t seed = 0x9E3779B97F4A7C15ull;
    int round;

    (void)state;
    for (round = 0; round < 300000; round++) {
        uint64_t value = next_random(&seed) >> (next_random(&seed) % 64);
        unsigned size = next_random(&seed) % (sizeof(sizes) / sizeof(sizes[0]));
        char type = "diuoxX"[next_random(&seed) % 6];
        char middle[32], ours[64], theirs[64], got[128], wanted[128];
        int at = 0, length;
        size_t limit = next_random(&seed) % sizeof(got);

        if (next_random(&seed) % 8 == 0)
            value = 0;
        if (next_random(&seed) % 4 == 0)
            value = 0 - value;
        for (; next_random(&seed) % 2 == 0 && at < 6; at++)
            middle[at] = "-+ 0#"[next_random(&seed) % 5];
        if (next_random(&seed) % 2 == 0)
            at += sprintf(middle + at, "%u", (unsigned)(next_random(&seed) % 40 + 1));
        if (next_random(&seed) % 3 == 0)
            at += sprintf(middle + at, ".%u", (unsigned)(next_random(&seed) % 30));
        middle[at] = 0;
        /* A zero with "#" and no digits: the page prefixes only what is not zero. */
        if (type == 'o' && strchr(middle, '#') != NULL && strstr(middle, ".0") != NULL)
            continue;
        sprintf(ours, "<%%%s%s%c>", middle, sizes[size].ours, type);
        sprintf(theirs, "<%%%s%s%c>", middle, sizes[size].libc, type);
        memset(got, GUARD, sizeof(got));
        memset(wanted, GUARD, sizeof(wanted));
        length = format(got, limit, ours, value);
        assert_int_equal(length, snprintf(wanted, limit, theirs, value));
        if (memcmp(got, wanted, sizeof(got)) != 0)
            fail_msg("%s of %llx: got %s, wanted %s", ours, (unsigned long long)value, got,
                     wanted);
    }
}

static void units_are_not_terminated(void **state)
{
    char buffer[8];
    uint16_t wide[4];

    (void)state;
    memset(buffer, GUARD, sizeof(buffer));
    memset(wide, GUARD, sizeof(wide));
    assert_int_equal(RtlpFormatUnits(buffer, 3, false, "abcdef", NULL), 6);
    assert_memory_equal(buffer, "abcZZ", 5);
    assert_int_equal(RtlpFormatUnits(wide, 2, true, u"abc", NULL), 3);
    assert_memory_equal(wide, u"ab\u5A5A", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_and_percent),
        cmocka_unit_test(integers),
        cmocka_unit_test(integers_ignore_the_upper_half_of_a_slot),
        cmocka_unit_test(flags_width_and_precision),
        cmocka_unit_test(pointers),
        cmocka_unit_test(narrow_text),
        cmocka_unit_test(wide_text_in_narrow_output),
        cmocka_unit_test(lone_surrogates_are_question_marks),
        cmocka_unit_test(counted_strings),
        cmocka_unit_test(characters_may_be_zero),
        cmocka_unit_test(floating_point_prints_its_specification),
        cmocka_unit_test(n_writes_nothing),
        cmocka_unit_test(wide_format),
        cmocka_unit_test(precision_bounds_what_is_read),
        cmocka_unit_test(huge_fields_cost_nothing_and_do_not_overflow),
        cmocka_unit_test(numbers_agree_with_the_c_library),
        cmocka_unit_test(units_are_not_terminated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
