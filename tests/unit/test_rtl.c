/* SPDX-License-Identifier: MIT */
/*
 * test_rtl.c: the kernel's memory, string, number and sorting routines,
 * compiled natively under other names (rtl/names.h) and compared with the
 * host's C library where both define the same thing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static void *host_memmove(void *to, const void *from, size_t count)
{
    return memmove(to, from, count);
}

static int host_memcmp(const void *first, const void *second, size_t count)
{
    return memcmp(first, second, count);
}

static void host_memset(void *to, int value, size_t count)
{
    memset(to, value, count);
}

static int host_strncmp(const char *first, const char *second, size_t count)
{
    return strncmp(first, second, count);
}

static char *host_strstr(const char *text, const char *part)
{
    return strstr(text, part);
}

static size_t host_strlen(const char *text)
{
    return strlen(text);
}

static long host_strtol(const char *text, char **end, int base)
{
    return strtol(text, end, base);
}

static int host_rand(void)
{
    return rand();
}

#include "rtl/names.h"

#include "kernel/rtl/crt.h"

#define MS_ABI __attribute__((ms_abi))

size_t RTLCRT RtlCompareMemory(const void *First, const void *Second, size_t Length);
size_t RTLCRT RtlCompareMemoryUlong(const void *Buffer, size_t Length, uint32_t Pattern);
void RTLCRT RtlFillMemory(void *Destination, size_t Length, int Fill);
void RTLCRT RtlFillMemoryUlong(void *Destination, size_t Length, uint32_t Pattern);
void RTLCRT RtlZeroMemory(void *Destination, size_t Length);
uint32_t RTLCRT RtlEqualMemory(const void *First, const void *Second, size_t Length);
uint32_t RTLCRT RtlRandomEx(uint32_t *Seed);
uint16_t RTLCRT RtlUshortByteSwap(uint16_t Source);
uint32_t RTLCRT RtlUlongByteSwap(uint32_t Source);
uint64_t RTLCRT RtlUlonglongByteSwap(uint64_t Source);

static int sign(long value)
{
    return (value > 0) - (value < 0);
}

static void copies_at_every_offset_and_length(void **state)
{
    uint8_t ours[160], theirs[160];
    size_t to, from, count, i;

    (void)state;
    for (to = 0; to < 40; to++) {
        for (from = 0; from < 40; from++) {
            for (count = 0; count < 100; count += 1 + count / 20) {
                for (i = 0; i < sizeof(ours); i++)
                    ours[i] = theirs[i] = (uint8_t)(i * 7 + 1);
                host_memmove(theirs + to, theirs + from, count);
                if (host_rand() % 2 != 0)
                    assert_ptr_equal(memmove(ours + to, ours + from, count), ours + to);
                else
                    assert_ptr_equal(memcpy(ours + to, ours + from, count), ours + to);
                assert_int_equal(host_memcmp(ours, theirs, sizeof(ours)), 0);
            }
        }
    }
}

static void fills_exactly(void **state)
{
    uint8_t ours[96], theirs[96];
    size_t start, count;

    (void)state;
    for (start = 0; start < 16; start++) {
        for (count = 0; count < 80; count++) {
            host_memset(ours, 1, sizeof(ours));
            host_memset(theirs, 1, sizeof(theirs));
            memset(ours + start, 0x1A5, count);
            host_memset(theirs + start, 0xA5, count);
            assert_int_equal(host_memcmp(ours, theirs, sizeof(ours)), 0);
        }
    }
    RtlFillMemory(ours, 5, 0x11);
    RtlZeroMemory(ours + 1, 2);
    assert_memory_equal(ours, "\x11\0\0\x11\x11", 5);
    host_memset(ours, 0, sizeof(ours));
    RtlFillMemoryUlong(ours, 11, 0x44332211);
    assert_memory_equal(ours, "\x11\x22\x33\x44\x11\x22\x33\x44\0\0\0", 11);
}

static void compares_memory(void **state)
{
    uint8_t first[64], second[64];
    uint32_t words[4] = { 7, 7, 7, 8 };
    size_t place;

    (void)state;
    host_memset(first, 0x80, sizeof(first));
    for (place = 0; place < sizeof(first); place++) {
        host_memset(second, 0x80, sizeof(second));
        assert_int_equal(memcmp(first, second, sizeof(first)), 0);
        second[place] = 0x7F;
        assert_true(memcmp(first, second, sizeof(first)) > 0);
        assert_true(memcmp(second, first, sizeof(first)) < 0);
        assert_int_equal(memcmp(first, second, place), 0);
        assert_int_equal(RtlCompareMemory(first, second, sizeof(first)), place);
        assert_true(RtlEqualMemory(first, second, place));
        assert_false(RtlEqualMemory(first, second, place + 1));
        assert_ptr_equal(memchr(second, 0x17F, sizeof(second)), second + place);
        assert_null(memchr(second, 0x7F, place));
    }
    assert_int_equal(RtlCompareMemoryUlong(words, sizeof(words), 7), 12);
    assert_int_equal(RtlCompareMemoryUlong((char *)words + 1, 8, 7), 0);
}

static void checked_copies_refuse(void **state)
{
    char to[4] = "abc";

    (void)state;
    assert_int_equal(memcpy_s(to, 4, "xy", 2), 0);
    assert_memory_equal(to, "xyc", 4);
    assert_int_equal(memmove_s(to, 1, "12", 2), RTLP_ERANGE);
    assert_memory_equal(to, "xyc", 4);
    assert_int_equal(memcpy_s(to, 2, "12345", 5), RTLP_ERANGE);
    assert_memory_equal(to, "\0\0c", 4);
    assert_int_equal(memcpy_s(NULL, 2, "12", 2), RTLP_EINVAL);
    assert_int_equal(memcpy_s(to, 3, NULL, 1), RTLP_EINVAL);
    assert_memory_equal(to, "\0\0\0", 4);
}

static void narrow_strings(void **state)
{
    static const char *const texts[] = { "", "a", "ab", "abc", "b", "aab", "\xFF", "abab", "B" };
    size_t i, j, count, texts_count = sizeof(texts) / sizeof(texts[0]);
    char buffer[16];

    (void)state;
    for (i = 0; i < texts_count; i++) {
        assert_int_equal(strlen(texts[i]), host_strlen(texts[i]));
        for (j = 0; j < texts_count; j++) {
            assert_int_equal(sign(strcmp(texts[i], texts[j])),
                             sign(host_strncmp(texts[i], texts[j], 99)));
            assert_ptr_equal(strstr(texts[i], texts[j]), host_strstr(texts[i], texts[j]));
            for (count = 0; count < 4; count++)
                assert_int_equal(sign(strncmp(texts[i], texts[j], count)),
                                 sign(host_strncmp(texts[i], texts[j], count)));
        }
    }
    assert_int_equal(strnlen("abcdef", 3), 3);
    assert_string_equal(strcpy(buffer, "one"), "one");
    assert_string_equal(strcat(buffer, "two"), "onetwo");
    assert_string_equal(strncat(buffer, "three", 2), "onetwoth");
    host_memset(buffer, 'x', sizeof(buffer));
    strncpy(buffer, "ab", 4);
    assert_memory_equal(buffer, "ab\0\0x", 5);
    strncpy(buffer, "abcdef", 3);
    assert_memory_equal(buffer, "abc\0x", 5);
    assert_string_equal(strchr("hello", 'l'), "llo");
    assert_string_equal(strrchr("hello", 'l'), "lo");
    assert_string_equal(strchr("hello", 0), "");
    assert_null(strchr("hello", 'z'));
    assert_null(strrchr("hello", 'z'));
    assert_int_equal(strspn("aabbc", "ab"), 4);
    assert_int_equal(strcspn("aabbc", "bc"), 2);
    assert_string_equal(strpbrk("hello", "ol"), "llo");
    assert_null(strpbrk("hello", "xyz"));
}

static void case_and_change_in_place(void **state)
{
    char text[] = "Hello\xC3\x84 World";
    uint16_t wide[] = u"Hello\u00C4";

    (void)state;
    assert_int_equal(_stricmp("HeLLo", "hEllO"), 0);
    assert_true(_stricmp("a", "B") < 0);
    assert_true(_stricmp("_", "A") < 0); /* compared in lower case */
    assert_int_equal(_strnicmp("ABx", "aby", 2), 0);
    assert_true(_strnicmp("ABx", "aby", 3) < 0);
    assert_string_equal(_strupr(text), "HELLO\xC3\x84 WORLD");
    assert_string_equal(_strlwr(text), "hello\xC3\x84 world");
    assert_string_equal(_strnset(text, '-', 2), "--llo\xC3\x84 world");
    assert_string_equal(_strrev(text), "dlrow \x84\xC3oll--");
    assert_string_equal(_strset(text, '*'), "*************");
    assert_memory_equal(_wcsupr(wide), u"HELLO\u00C4", sizeof(wide));
    assert_memory_equal(_wcsrev(wide), u"\u00C4OLLEH", sizeof(wide));
    assert_int_equal(_wcsicmp(u"HeLLo\u00C4", u"hEllO\u00C4"), 0);
    assert_int_equal(_wcsnicmp(u"HeLLo\u00C4", u"hEllO\u00E4", 5), 0);
    assert_int_equal(toupper('z'), 'Z');
    assert_int_equal(tolower(0xC4), 0xC4);
    assert_int_equal(towupper(u'q'), u'Q');
}

static void wide_strings(void **state)
{
    uint16_t buffer[16];

    (void)state;
    assert_int_equal(wcslen(u"\u1234\u5678"), 2);
    assert_memory_equal(wcscat(wcscpy(buffer, u"one"), u"two"), u"onetwo", 14);
    assert_memory_equal(wcsncat(buffer, u"three", 2), u"onetwoth", 18);
    assert_memory_equal(wcsncpy(buffer, u"ab", 4), u"ab\0\0", 8);
    assert_true(wcscmp(u"\u8000", u"\u7FFF") > 0);
    assert_int_equal(wcsncmp(u"abx", u"aby", 2), 0);
    assert_memory_equal(wcsstr(u"hello world", u"wor"), u"world", 12);
    assert_memory_equal(wcschr(u"hello", u'l'), u"llo", 8);
    assert_memory_equal(wcsrchr(u"hello", u'l'), u"lo", 6);
    assert_null(wcsstr(u"hello", u"help"));
    assert_int_equal(wcsspn(u"aabbc", u"ab"), 4);
}

static void checked_strings(void **state)
{
    char buffer[6] = "xxxxx", words[] = ";;one;two,,three;", *context, *word;

    (void)state;
    assert_int_equal(strcpy_s(buffer, 6, "hello"), 0);
    assert_string_equal(buffer, "hello");
    assert_int_equal(strcpy_s(buffer, 5, "hello"), RTLP_ERANGE);
    assert_string_equal(buffer, "");
    assert_int_equal(strncpy_s(buffer, 4, "hello", RTLP_TRUNCATE), RTLP_STRUNCATE);
    assert_string_equal(buffer, "hel");
    assert_int_equal(strcat_s(buffer, 6, "lo"), 0);
    assert_string_equal(buffer, "hello");
    assert_int_equal(strncat_s(buffer, 6, "x", 1), RTLP_ERANGE);
    assert_string_equal(buffer, "");
    assert_int_equal(strncpy_s(buffer, 6, "hello", 2), 0);
    assert_string_equal(buffer, "he");
    assert_int_equal(strcpy_s(NULL, 6, "x"), RTLP_EINVAL);
    assert_int_equal(strcpy_s(buffer, 6, NULL), RTLP_EINVAL);
    host_memset(buffer, 'x', sizeof(buffer));
    assert_int_equal(_strupr_s(buffer, sizeof(buffer)), RTLP_EINVAL);
    host_memset(buffer, 'x', sizeof(buffer));
    assert_int_equal(strcat_s(buffer, sizeof(buffer), "y"), RTLP_EINVAL);
    word = strtok_s(words, ";,", &context);
    assert_string_equal(word, "one");
    assert_string_equal(strtok_s(NULL, ";,", &context), "two");
    assert_string_equal(strtok_s(NULL, ";,", &context), "three");
    assert_null(strtok_s(NULL, ";,", &context));
}

static void reads_numbers(void **state)
{
    static const char *const texts[] = { "0", "  42x", "-17", "+0x1F", "0x", "0xg", "017", "089",
                                         "zz", "", "-", "  -0X7fz", "1010", "\t\n12", "-2147483648",
                                         "2147483647" };
    static const int bases[] = { 0, 2, 8, 10, 16, 36 };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (j = 0; j < sizeof(bases) / sizeof(bases[0]); j++) {
            char *ours, *theirs;
            long wanted = host_strtol(texts[i], &theirs, bases[j]);

            wanted = wanted > INT32_MAX ? INT32_MAX : wanted < INT32_MIN ? INT32_MIN : wanted;
            assert_int_equal(strtol(texts[i], &ours, bases[j]), wanted);
            assert_ptr_equal(ours, theirs);
        }
    }
    assert_int_equal(atoi("99999999999"), INT32_MAX);
    assert_int_equal(atol("-99999999999"), INT32_MIN);
    assert_true(_atoi64("-9223372036854775809") == INT64_MIN);
    assert_true(_strtoui64("18446744073709551615", NULL, 10) == UINT64_MAX);
    assert_true(_strtoui64("18446744073709551616", NULL, 10) == UINT64_MAX);
    assert_true(_strtoi64("-0x8000000000000000", NULL, 16) == INT64_MIN);
    assert_int_equal(strtoul("4294967296", NULL, 10), UINT32_MAX);
    assert_int_equal(strtoul("-1", NULL, 10), UINT32_MAX);
    assert_int_equal(wcstoul(u"ff", NULL, 16), 255);
    assert_int_equal(_wtoi(u" -12"), -12);
}

static void writes_numbers(void **state)
{
    char text[70];
    uint16_t wide[12];

    (void)state;
    assert_int_equal(_itoa_s(-2147483647 - 1, text, sizeof(text), 10), 0);
    assert_string_equal(text, "-2147483648");
    assert_int_equal(_itoa_s(-1, text, sizeof(text), 16), 0);
    assert_string_equal(text, "ffffffff");
    assert_int_equal(_i64toa_s(-1, text, sizeof(text), 2), 0);
    assert_int_equal(strlen(text), 64);
    assert_int_equal(_ui64toa_s(UINT64_MAX, text, 21, 10), 0);
    assert_string_equal(text, "18446744073709551615");
    assert_int_equal(_ui64toa_s(UINT64_MAX, text, 20, 10), RTLP_ERANGE);
    assert_string_equal(text, "");
    assert_int_equal(_ultoa_s(35, text, 2, 36), 0);
    assert_string_equal(text, "z");
    assert_int_equal(_ultoa_s(35, text, 2, 37), RTLP_EINVAL);
    assert_string_equal(_itoa(0, text, 10), "0");
    assert_int_equal(_itow_s(-12, wide, 4, 10), 0);
    assert_memory_equal(wide, u"-12", 8);
}

static void multibyte_is_utf8(void **state)
{
    uint16_t wide[8], unit;
    char text[16];

    (void)state;
    assert_int_equal(mbstowcs(wide, "a\xE2\x82\xAC\xF0\x9F\x98\x80", 8), 4);
    assert_memory_equal(wide, u"a\u20AC\U0001F600", 10);
    assert_int_equal(mbstowcs(NULL, "a\xE2\x82\xAC", 0), 2);
    assert_true(mbstowcs(wide, "\xE2\x82", 8) == SIZE_MAX);
    assert_int_equal(wcstombs(text, u"a\u20AC\U0001F600", 16), 8);
    assert_string_equal(text, "a\xE2\x82\xAC\xF0\x9F\x98\x80");
    assert_int_equal(wcstombs(text, u"\u20AC\u20AC", 5), 3);
    assert_int_equal(mbtowc(&unit, "\xC3\xA9", 2), 2);
    assert_int_equal(unit, 0xE9);
    assert_int_equal(mbtowc(&unit, "\xC3\xA9", 1), -1);
    assert_int_equal(mbtowc(&unit, "\xC0\x80", 2), -1);
    assert_int_equal(mbtowc(&unit, "\xE0\x9F\xBF", 3), -1);
    assert_int_equal(mbtowc(&unit, "\xE0\xA0\x80", 3), 3);
    assert_int_equal(mbtowc(&unit, "\xED\xA0\x80", 3), -1);
    assert_int_equal(mbtowc(&unit, "\xF0\x9F\x98\x80", 4), -1);
    assert_int_equal(mbstowcs(wide, "\xF0\x8F\xBF\xBF", 8), SIZE_MAX);
    assert_int_equal(mbstowcs(wide, "\xF4\x90\x80\x80", 8), SIZE_MAX);
    assert_int_equal(mbstowcs(wide, "\xF4\x8F\xBF\xBF", 8), 2);
    assert_int_equal(wide[1], 0xDFFF);
    assert_int_equal(wctomb(text, 0xD800), -1);
    assert_int_equal(wctomb(text, 0x7FF), 2);
}

static void printf_family_returns_what_the_pages_say(void **state)
{
    char buffer[8];
    uint16_t wide[8];

    (void)state;
    host_memset(buffer, 'x', sizeof(buffer));
    assert_int_equal(_snprintf(buffer, 5, "%d", 1234), 4);
    assert_memory_equal(buffer, "1234\0x", 6);
    assert_int_equal(_snprintf(buffer, 4, "%d", 5678), 4);
    assert_memory_equal(buffer, "5678\0", 5);
    host_memset(buffer, 'x', sizeof(buffer));
    assert_int_equal(_snprintf(buffer, 4, "%d", 5678), 4);
    assert_memory_equal(buffer, "5678xx", 6);
    assert_int_equal(_snprintf(buffer, 3, "%d", 1234), -1);
    assert_memory_equal(buffer, "1238xx", 6);
    assert_int_equal(_snprintf(NULL, 0, "%d", 1234), 4);
    assert_int_equal(_snprintf(NULL, 1, "%d", 1234), -1);
    assert_int_equal(sprintf(buffer, "%s-%d", "ab", 7), 4);
    assert_string_equal(buffer, "ab-7");
    assert_int_equal(sprintf_s(buffer, 4, "%d", 1234), -1);
    assert_string_equal(buffer, "");
    assert_int_equal(sprintf_s(buffer, 5, "%d", 1234), 4);
    assert_int_equal(_snprintf_s(buffer, 8, 2, "%d", 1234), -1);
    assert_string_equal(buffer, "12");
    assert_int_equal(_snprintf_s(buffer, 4, RTLP_TRUNCATE, "%d", 1234), -1);
    assert_string_equal(buffer, "123");
    assert_int_equal(_snprintf_s(buffer, 4, 6, "%d", 1234), -1);
    assert_string_equal(buffer, "");
    assert_int_equal(_snprintf_s(buffer, 5, RTLP_TRUNCATE, "%d", 1234), 4);
    assert_int_equal(swprintf(wide, u"%s%c", u"\u20AC", 'a'), 2);
    assert_memory_equal(wide, u"\u20ACa", 6);
    assert_int_equal(_snwprintf(wide, 2, u"%d", 123), -1);
    assert_int_equal(swprintf_s(wide, 4, u"%d", 123), 3);
    assert_int_equal(_snwprintf_s(wide, 4, RTLP_TRUNCATE, u"%d", 1234), -1);
    assert_memory_equal(wide, u"123", 8);
}

static unsigned comparisons;

static int MS_ABI compare_ints(const void *first, const void *second)
{
    int a = *(const int *)first, b = *(const int *)second;

    comparisons++;
    return (a > b) - (a < b);
}

static void sorts_and_finds(void **state)
{
    int values[1000], i, key;
    size_t count;

    (void)state;
    for (count = 0; count <= 1000; count = count * 2 + 1) {
        long sum = 0;

        for (i = 0; i < (int)count; i++)
            sum += values[i] = host_rand() % 500 * 2;
        comparisons = 0;
        qsort(values, count, sizeof(int), compare_ints);
        assert_true(comparisons < 24 * count + 1);
        for (i = 0; i < (int)count; i++) {
            sum -= values[i];
            assert_true(i == 0 || values[i - 1] <= values[i]);
        }
        assert_int_equal(sum, 0);
        for (i = 0; i < (int)count; i++) {
            int *found = bsearch(&values[i], values, count, sizeof(int), compare_ints);

            assert_non_null(found);
            assert_int_equal(*found, values[i]);
            key = values[i] + 1;
            assert_null(bsearch(&key, values, count, sizeof(int), compare_ints));
        }
    }
}

static void small_things(void **state)
{
    uint32_t seed = 0, i;

    (void)state;
    assert_int_equal(RtlUshortByteSwap(0x1234), 0x3412);
    assert_int_equal(RtlUlongByteSwap(0x12345678), 0x78563412);
    assert_true(RtlUlonglongByteSwap(0x0102030405060708ull) == 0x0807060504030201ull);
    for (i = 0; i < 1000; i++)
        assert_true(RtlRandomEx(&seed) < 0x7FFFFFFF);
    srand(1);
    i = (uint32_t)rand();
    assert_in_range(i, 0, 0x7FFF);
    srand(1);
    assert_int_equal(rand(), i);
    assert_true(isxdigit('F') && !isxdigit('g') && isspace('\v') && !isalpha(0xC4) && !isdigit(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_at_every_offset_and_length),
        cmocka_unit_test(fills_exactly),
        cmocka_unit_test(compares_memory),
        cmocka_unit_test(checked_copies_refuse),
        cmocka_unit_test(narrow_strings),
        cmocka_unit_test(case_and_change_in_place),
        cmocka_unit_test(wide_strings),
        cmocka_unit_test(checked_strings),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(writes_numbers),
        cmocka_unit_test(multibyte_is_utf8),
        cmocka_unit_test(printf_family_returns_what_the_pages_say),
        cmocka_unit_test(sorts_and_finds),
        cmocka_unit_test(small_things),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
