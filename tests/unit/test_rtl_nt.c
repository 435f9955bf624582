/* SPDX-License-Identifier: MIT */
/*
 * test_rtl_nt.c: the Rtl routines on NT types, compiled natively against
 * rtl/nt.h.  The pool is the host's heap, and can be made to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static int host_rand(void)
{
    return rand();
}

#include "rtl/names.h"

#include "rtl/nt.h"

static bool pool_is_empty;
static int pool_blocks;

PVOID NTAPI ExAllocatePoolWithTag(int PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    assert_int_equal(PoolType, PagedPool);
    assert_true(NumberOfBytes > 0 && Tag != 0);
    if (pool_is_empty)
        return NULL;
    pool_blocks++;
    return malloc(NumberOfBytes);
}

VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    (void)Tag;
    pool_blocks--;
    free(P);
}

#define WIDE(text) { sizeof(text) - 2, sizeof(text), (PWSTR)(uintptr_t)(text) }

static void assert_wide(const UNICODE_STRING *string, const uint16_t *text)
{
    size_t length = 0;

    while (text[length] != 0)
        length++;
    assert_int_equal(string->Length, length * 2);
    assert_memory_equal(string->Buffer, text, length * 2);
}

static void strings_are_described(void **state)
{
    static uint16_t huge[40000];
    static char huge_narrow[70000];
    UNICODE_STRING wide;
    ANSI_STRING ansi;
    size_t i;

    (void)state;
    RtlInitUnicodeString(&wide, u"abc");
    assert_int_equal(wide.Length, 6);
    assert_int_equal(wide.MaximumLength, 8);
    RtlInitUnicodeString(&wide, NULL);
    assert_true(wide.Length == 0 && wide.MaximumLength == 0 && wide.Buffer == NULL);
    for (i = 0; i < 39999; i++)
        huge[i] = 'x';
    RtlInitUnicodeString(&wide, huge);
    assert_int_equal(wide.Length, 65532);
    assert_int_equal(wide.MaximumLength, 65534);
    assert_int_equal(RtlInitUnicodeStringEx(&wide, huge), STATUS_NAME_TOO_LONG);
    huge[32766] = 0;
    assert_int_equal(RtlInitUnicodeStringEx(&wide, huge), STATUS_SUCCESS);
    assert_int_equal(wide.Length, 65532);
    RtlInitAnsiString(&ansi, "abc");
    assert_int_equal(ansi.Length, 3);
    assert_int_equal(ansi.MaximumLength, 4);
    for (i = 0; i < 69999; i++)
        huge_narrow[i] = 'x';
    RtlInitAnsiString(&ansi, huge_narrow);
    assert_int_equal(ansi.Length, 65534);
    assert_int_equal(ansi.MaximumLength, 65535);
    assert_int_equal(RtlInitAnsiStringEx(&ansi, huge_narrow), STATUS_NAME_TOO_LONG);
}

static void copying_and_appending_stay_inside(void **state)
{
    uint16_t buffer[6] = u"xxxxx";
    UNICODE_STRING to = { 0, 8, buffer }, hello = WIDE(u"hello"), hi = WIDE(u"hi");
    char narrow[4] = "xxx";
    ANSI_STRING ansi = { 0, 3, narrow }, ab = { 2, 2, "ab" };

    (void)state;
    RtlCopyUnicodeString(&to, &hello);
    assert_wide(&to, u"hell");
    assert_int_equal(buffer[4], 'x');
    RtlCopyUnicodeString(&to, &hi);
    assert_memory_equal(buffer, u"hi\0lx", 10);
    assert_int_equal(RtlAppendUnicodeToString(&to, u"abc"), STATUS_BUFFER_TOO_SMALL);
    assert_wide(&to, u"hi");
    assert_int_equal(RtlAppendUnicodeToString(&to, u"a"), STATUS_SUCCESS);
    assert_int_equal(RtlAppendUnicodeStringToString(&to, &hi), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(RtlAppendUnicodeToString(&to, u"b"), STATUS_SUCCESS);
    assert_wide(&to, u"hiab");
    assert_int_equal(buffer[4], 'x');
    RtlCopyUnicodeString(&to, NULL);
    assert_int_equal(to.Length, 0);
    assert_int_equal(RtlAppendStringToString(&ansi, &ab), STATUS_SUCCESS);
    assert_int_equal(RtlAppendStringToString(&ansi, &ab), STATUS_BUFFER_TOO_SMALL);
    assert_memory_equal(narrow, "abx", 3);
    ab.Length = 1;
    assert_int_equal(RtlAppendStringToString(&ansi, &ab), STATUS_SUCCESS);
    assert_memory_equal(narrow, "aba", 4);
}

static void comparison_and_case(void **state)
{
    UNICODE_STRING lower = WIDE(u"stra\u00DFe \u00E9\u03C9\u0436"),
                   upper = WIDE(u"STRA\u00DFE \u00C9\u03A9\u0416"), prefix = WIDE(u"Str"),
                   empty = WIDE(u""), copy = { 0 };
    ANSI_STRING one = { 3, 3, "abC" }, two = { 3, 3, "ABd" };

    (void)state;
    assert_false(RtlEqualUnicodeString(&lower, &upper, FALSE));
    assert_true(RtlEqualUnicodeString(&lower, &upper, TRUE));
    assert_true(RtlCompareUnicodeString(&lower, &upper, FALSE) > 0);
    assert_int_equal(RtlCompareUnicodeString(&lower, &upper, TRUE), 0);
    assert_true(RtlCompareUnicodeString(&empty, &upper, TRUE) < 0);
    assert_true(RtlPrefixUnicodeString(&prefix, &lower, TRUE));
    assert_false(RtlPrefixUnicodeString(&prefix, &lower, FALSE));
    assert_false(RtlPrefixUnicodeString(&lower, &prefix, TRUE));
    assert_true(RtlPrefixUnicodeString(&empty, &lower, FALSE));
    assert_int_equal(RtlUpcaseUnicodeString(&copy, &lower, TRUE), STATUS_SUCCESS);
    assert_wide(&copy, u"STRA\u00DFE \u00C9\u03A9\u0416");
    assert_int_equal(RtlDowncaseUnicodeString(&copy, &copy, FALSE), STATUS_SUCCESS);
    assert_true(RtlEqualUnicodeString(&copy, &lower, FALSE));
    copy.MaximumLength = 4;
    assert_int_equal(RtlUpcaseUnicodeString(&copy, &lower, FALSE), STATUS_BUFFER_OVERFLOW);
    RtlFreeUnicodeString(&copy);
    assert_true(RtlCompareString(&one, &two, TRUE) < 0);
    assert_true(RtlCompareString(&one, &two, FALSE) > 0);
    one.Length = two.Length = 2;
    assert_true(RtlEqualString(&one, &two, TRUE));
}

static void case_mappings_undo_each_other(void **state)
{
    unsigned c, pairs = 0;

    (void)state;
    for (c = 0; c < 0x10000; c++) {
        WCHAR up = RtlUpcaseUnicodeChar((WCHAR)c), down = RtlDowncaseUnicodeChar((WCHAR)c);

        if (up != c) {
            pairs++;
            assert_int_equal(RtlDowncaseUnicodeChar(up), c);
            assert_int_equal(RtlUpcaseUnicodeChar(up), up);
        }
        if (down != c)
            assert_int_equal(RtlUpcaseUnicodeChar(down), c);
    }
    assert_int_equal(pairs, 26 + 1110);
    assert_int_equal(RtlUpcaseUnicodeChar(0xFF), 0x178);
    assert_int_equal(RtlUpcaseUnicodeChar(0xDF), 0xDF);
    assert_int_equal(RtlUpcaseUnicodeChar(0xF7), 0xF7);
    assert_int_equal(RtlDowncaseUnicodeChar(0xFF21), 0xFF41);
}

static void hashes_are_x65599(void **state)
{
    UNICODE_STRING ab = WIDE(u"ab"), upper = WIDE(u"AB");
    ULONG hash, folded;

    (void)state;
    assert_int_equal(RtlHashUnicodeString(&ab, FALSE, 0, &hash), STATUS_SUCCESS);
    assert_int_equal(hash, 97u * 65599 + 98);
    RtlHashUnicodeString(&ab, TRUE, 1, &hash);
    RtlHashUnicodeString(&upper, FALSE, 1, &folded);
    assert_int_equal(hash, folded);
    assert_int_equal(RtlHashUnicodeString(&ab, FALSE, 7, &hash), STATUS_INVALID_PARAMETER);
}

static void conversions(void **state)
{
    UNICODE_STRING wide = WIDE(u"a\u20AC\U0001F600"), back = { 0 };
    uint16_t units[4], lone = 0xD800;
    char bytes[9];
    ANSI_STRING ansi = { 0 }, small = { 0, 5, bytes };
    ULONG size;

    (void)state;
    assert_int_equal(RtlUnicodeStringToAnsiString(&ansi, &wide, TRUE), STATUS_SUCCESS);
    assert_int_equal(ansi.Length, 8);
    assert_string_equal(ansi.Buffer, "a\xE2\x82\xAC\xF0\x9F\x98\x80");
    assert_int_equal(RtlAnsiStringToUnicodeString(&back, &ansi, TRUE), STATUS_SUCCESS);
    assert_wide(&back, u"a\u20AC\U0001F600");
    assert_int_equal(back.Buffer[4], 0);
    back.MaximumLength = 8;
    assert_int_equal(RtlAnsiStringToUnicodeString(&back, &ansi, FALSE), STATUS_BUFFER_OVERFLOW);
    RtlFreeAnsiString(&ansi);
    RtlFreeUnicodeString(&back);
    assert_int_equal(RtlUnicodeStringToAnsiString(&small, &wide, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_string_equal(bytes, "a\xE2\x82\xAC");
    small.MaximumLength = 8;
    bytes[8] = 'x';
    assert_int_equal(RtlUnicodeStringToAnsiString(&small, &wide, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes[8], 'x');
    RtlUnicodeToMultiByteN(bytes, 2, &size, u"\u20ACx", 4);
    assert_int_equal(size, 0);
    assert_int_equal(RtlUnicodeToMultiByteN(bytes, 7, &size, wide.Buffer, wide.Length), 0);
    assert_int_equal(size, 4);
    RtlUnicodeToMultiByteSize(&size, wide.Buffer, wide.Length);
    assert_int_equal(size, 8);
    RtlMultiByteToUnicodeSize(&size, "\xE2\x82\xAC", 3);
    assert_int_equal(size, 2);
    assert_int_equal(RtlMultiByteToUnicodeN(units, 8, &size, "x\xFF\xE2\x82", 4), 0);
    assert_int_equal(size, 6);
    assert_memory_equal(units, u"x\uFFFD\uFFFD", 6);
    assert_int_equal(RtlUnicodeToUTF8N(bytes, 8, &size, &lone, 2), STATUS_SOME_NOT_MAPPED);
    assert_memory_equal(bytes, "\xEF\xBF\xBD", 3);
    assert_int_equal(RtlUnicodeToUTF8N(NULL, 0, &size, wide.Buffer, 8), STATUS_SUCCESS);
    assert_int_equal(size, 8);
    assert_int_equal(RtlUnicodeToUTF8N(bytes, 3, &size, wide.Buffer, 8), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(size, 1);
    assert_int_equal(RtlUnicodeToUTF8N(bytes, 3, &size, NULL, 8), STATUS_INVALID_PARAMETER_4);
    assert_int_equal(RtlUTF8ToUnicodeN(units, 8, &size, "ab", 2), STATUS_SUCCESS);
    assert_int_equal(size, 4);
}

static void allocation_failures_are_reported(void **state)
{
    UNICODE_STRING wide = WIDE(u"abc"), out;
    ANSI_STRING ansi;
    GUID guid = { 0 };

    (void)state;
    assert_true(RtlCreateUnicodeString(&out, u"abc"));
    assert_wide(&out, u"abc");
    assert_int_equal(out.Buffer[3], 0);
    RtlFreeUnicodeString(&out);
    assert_null(out.Buffer);
    RtlFreeUnicodeString(&out);
    assert_int_equal(RtlDuplicateUnicodeString(0, &wide, &out), STATUS_SUCCESS);
    assert_int_equal(out.MaximumLength, 6);
    RtlFreeUnicodeString(&out);
    assert_int_equal(RtlDuplicateUnicodeString(2, &wide, &out), STATUS_INVALID_PARAMETER);
    wide.Length = 5;
    assert_int_equal(RtlValidateUnicodeString(0, &wide), STATUS_INVALID_PARAMETER);
    wide.Length = 6;
    pool_is_empty = true;
    assert_false(RtlCreateUnicodeString(&out, u"abc"));
    assert_int_equal(RtlUnicodeStringToAnsiString(&ansi, &wide, TRUE), STATUS_NO_MEMORY);
    assert_int_equal(RtlUpcaseUnicodeString(&out, &wide, TRUE), STATUS_NO_MEMORY);
    assert_int_equal(RtlStringFromGUID(&guid, &out), STATUS_NO_MEMORY);
    pool_is_empty = false;
    assert_int_equal(pool_blocks, 0);
}

static void integers_and_text(void **state)
{
    uint16_t buffer[70];
    UNICODE_STRING text = { 0, 10, buffer }, hex = WIDE(u" -0x1Fz"), plain = WIDE(u"0x12");
    ULONG value;

    (void)state;
    assert_int_equal(RtlIntegerToUnicodeString(4294, 0, &text), STATUS_SUCCESS);
    assert_memory_equal(buffer, u"4294", 10);
    assert_int_equal(RtlIntegerToUnicodeString(0xBEEF0, 16, &text), STATUS_SUCCESS);
    assert_wide(&text, u"BEEF0");
    assert_int_equal(RtlIntegerToUnicodeString(123456, 10, &text), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlIntegerToUnicodeString(1, 7, &text), STATUS_INVALID_PARAMETER);
    text.MaximumLength = sizeof(buffer);
    RtlInt64ToUnicodeString(UINT64_MAX, 2, &text);
    assert_int_equal(text.Length, 128);
    assert_int_equal(RtlUnicodeStringToInteger(&hex, 0, &value), STATUS_SUCCESS);
    assert_int_equal(value, (ULONG)-31);
    RtlUnicodeStringToInteger(&plain, 16, &value);
    assert_int_equal(value, 0);
    assert_int_equal(RtlUnicodeStringToInteger(&plain, 3, &value), STATUS_INVALID_PARAMETER);
    RtlCharToInteger("0b101", 0, &value);
    assert_int_equal(value, 5);
    RtlCharToInteger("0o17", 0, &value);
    assert_int_equal(value, 15);
    RtlCharToInteger("\xFF", 0, &value);
    assert_int_equal(value, 0);
}

static void guids_and_text(void **state)
{
    GUID guid = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 0xA8 } }, read = { 0 };
    UNICODE_STRING text, lower = WIDE(u"{12345678-9abc-def0-0102-0304050607a8}");

    (void)state;
    assert_int_equal(RtlStringFromGUID(&guid, &text), STATUS_SUCCESS);
    assert_wide(&text, u"{12345678-9ABC-DEF0-0102-0304050607A8}");
    assert_int_equal(RtlGUIDFromString(&lower, &read), STATUS_SUCCESS);
    assert_memory_equal(&read, &guid, sizeof(guid));
    text.Buffer[9] = '+';
    assert_int_equal(RtlGUIDFromString(&text, &read), STATUS_INVALID_PARAMETER);
    text.Buffer[9] = '-';
    text.Buffer[20] = 'G';
    assert_int_equal(RtlGUIDFromString(&text, &read), STATUS_INVALID_PARAMETER);
    text.Length -= 2;
    assert_int_equal(RtlGUIDFromString(&text, &read), STATUS_INVALID_PARAMETER);
    RtlFreeUnicodeString(&text);
}

static void dates_agree_with_the_c_library(void **state)
{
    LARGE_INTEGER time, back;
    TIME_FIELDS fields;
    long long day;

    (void)state;
    for (day = -134774; day < 10700000; day += 1 + (day > 200000 ? host_rand() % 97 : 0)) {
        time_t seconds = day * 86400 + host_rand() % 86400;
        struct tm tm;

        assert_non_null(gmtime_r(&seconds, &tm));
        time.QuadPart = (seconds + 11644473600ll) * 10000000 + 1234567;
        RtlTimeToTimeFields(&time, &fields);
        assert_int_equal(fields.Year, tm.tm_year + 1900);
        assert_int_equal(fields.Month, tm.tm_mon + 1);
        assert_int_equal(fields.Day, tm.tm_mday);
        assert_int_equal(fields.Weekday, tm.tm_wday);
        assert_int_equal(fields.Hour * 3600 + fields.Minute * 60 + fields.Second,
                         tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
        assert_int_equal(fields.Milliseconds, 123);
        if (fields.Year > 30827)
            break;
        assert_true(RtlTimeFieldsToTime(&fields, &back));
        assert_true(back.QuadPart == time.QuadPart - 4567);
    }
}

static void impossible_dates_are_refused(void **state)
{
    static const TIME_FIELDS bad[] = {
        { 1600, 12, 31, 0, 0, 0, 0, 0 },  { 30828, 1, 1, 0, 0, 0, 0, 0 },
        { 2023, 2, 29, 0, 0, 0, 0, 0 },   { 2100, 2, 29, 0, 0, 0, 0, 0 },
        { 2024, 13, 1, 0, 0, 0, 0, 0 },   { 2024, 0, 1, 0, 0, 0, 0, 0 },
        { 2024, 4, 31, 0, 0, 0, 0, 0 },   { 2024, 4, 0, 0, 0, 0, 0, 0 },
        { 2024, 4, 1, 24, 0, 0, 0, 0 },   { 2024, 4, 1, 0, 60, 0, 0, 0 },
        { 2024, 4, 1, 0, 0, 60, 0, 0 },   { 2024, 4, 1, 0, 0, 0, 1000, 0 },
    };
    TIME_FIELDS leap = { 2000, 2, 29, 0, 0, 0, 0, 0 };
    LARGE_INTEGER time;
    ULONG seconds;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        TIME_FIELDS fields = bad[i];

        assert_false(RtlTimeFieldsToTime(&fields, &time));
    }
    assert_true(RtlTimeFieldsToTime(&leap, &time));
    RtlSecondsSince1970ToTime(0, &time);
    assert_true(RtlTimeToSecondsSince1970(&time, &seconds));
    assert_int_equal(seconds, 0);
    assert_false(RtlTimeToSecondsSince1980(&time, &seconds));
    time.QuadPart += 0x100000000ll * 10000000;
    assert_false(RtlTimeToSecondsSince1970(&time, &seconds));
    RtlSecondsSince1980ToTime(5, &time);
    assert_true(RtlTimeToSecondsSince1970(&time, &seconds));
    assert_int_equal(seconds, 315532805);
}

static void the_version_is_19045(void **state)
{
    RTL_OSVERSIONINFOEXW info = { .dwOSVersionInfoSize = sizeof(info), .wServicePackMajor = 9 };
    ULONGLONG mask = VerSetConditionMask(0, VER_MAJORVERSION | VER_MINORVERSION, VER_GREATER_EQUAL);

    (void)state;
    assert_int_equal(RtlGetVersion((PRTL_OSVERSIONINFOW)&info), STATUS_SUCCESS);
    assert_int_equal(info.dwMajorVersion, 10);
    assert_int_equal(info.dwBuildNumber, 19045);
    assert_int_equal(info.wServicePackMajor, 0);
    info.dwMajorVersion = 6;
    info.dwMinorVersion = 3;
    assert_int_equal(RtlVerifyVersionInfo(&info, 3, mask), STATUS_SUCCESS);
    /* Major at least, minor equal: the major version's condition is for both. */
    assert_int_equal(RtlVerifyVersionInfo(&info, 3, VER_GREATER_EQUAL << 3 | VER_EQUAL),
                     STATUS_SUCCESS);
    info.dwMajorVersion = 10;
    assert_int_equal(RtlVerifyVersionInfo(&info, 3, mask), STATUS_REVISION_MISMATCH);
    info.dwMinorVersion = 0;
    assert_int_equal(RtlVerifyVersionInfo(&info, 3, mask), STATUS_SUCCESS);
    assert_int_equal(RtlVerifyVersionInfo(&info, 0, mask), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlVerifyVersionInfo(&info, 7, mask), STATUS_INVALID_PARAMETER);
    mask = VerSetConditionMask(mask, VER_BUILDNUMBER, VER_LESS);
    assert_int_equal(RtlVerifyVersionInfo(&info, 7, mask), STATUS_REVISION_MISMATCH);
    info.dwBuildNumber = 22000;
    assert_int_equal(RtlVerifyVersionInfo(&info, 7, mask), STATUS_SUCCESS);
}

static void image_directories_are_found(void **state)
{
    static _Alignas(16) UCHAR file[1024];
    PIMAGE_DOS_HEADER dos = (PIMAGE_DOS_HEADER)file;
    PIMAGE_NT_HEADERS headers = (PIMAGE_NT_HEADERS)(file + 64);
    PIMAGE_SECTION_HEADER section = (PIMAGE_SECTION_HEADER)(headers + 1);
    ULONG size;

    (void)state;
    assert_null(RtlImageNtHeader(NULL));
    assert_null(RtlImageNtHeader(file));
    dos->e_magic = IMAGE_DOS_SIGNATURE;
    dos->e_lfanew = 64;
    assert_null(RtlImageNtHeader(file));
    headers->Signature = IMAGE_NT_SIGNATURE;
    assert_ptr_equal(RtlImageNtHeader(file), headers);
    headers->FileHeader.NumberOfSections = 1;
    headers->FileHeader.SizeOfOptionalHeader = sizeof(headers->OptionalHeader);
    headers->OptionalHeader.Magic = IMAGE_NT_OPTIONAL_HDR64_MAGIC;
    headers->OptionalHeader.SizeOfHeaders = 512;
    headers->OptionalHeader.NumberOfRvaAndSizes = 2;
    headers->OptionalHeader.DataDirectory[1] = (IMAGE_DATA_DIRECTORY){ 0x110, 20 };
    headers->OptionalHeader.DataDirectory[2] = (IMAGE_DATA_DIRECTORY){ 0x110, 20 };
    assert_ptr_equal(RtlImageDirectoryEntryToData(file, TRUE, 1, &size), file + 0x110);
    assert_int_equal(size, 20);
    assert_ptr_equal(RtlImageDirectoryEntryToData(file, FALSE, 1, &size), file + 0x110);
    assert_null(RtlImageDirectoryEntryToData(file, TRUE, 0, &size));
    assert_null(RtlImageDirectoryEntryToData(file, TRUE, 2, &size));
    assert_int_equal(size, 0);
    *section = (IMAGE_SECTION_HEADER){ .VirtualAddress = 0x1000, .SizeOfRawData = 256,
                                       .PointerToRawData = 768 };
    headers->OptionalHeader.DataDirectory[1].VirtualAddress = 0x1010;
    assert_ptr_equal(RtlImageDirectoryEntryToData(file, FALSE, 1, &size), file + 784);
    assert_ptr_equal(RtlImageDirectoryEntryToData(file + 1, TRUE, 1, &size), file + 784);
    headers->OptionalHeader.DataDirectory[1].VirtualAddress = 0x1100;
    assert_null(RtlImageDirectoryEntryToData(file, FALSE, 1, &size));
    headers->OptionalHeader.Magic = 0x10B;
    assert_null(RtlImageDirectoryEntryToData(file, TRUE, 1, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_described),
        cmocka_unit_test(copying_and_appending_stay_inside),
        cmocka_unit_test(comparison_and_case),
        cmocka_unit_test(case_mappings_undo_each_other),
        cmocka_unit_test(hashes_are_x65599),
        cmocka_unit_test(conversions),
        cmocka_unit_test(allocation_failures_are_reported),
        cmocka_unit_test(integers_and_text),
        cmocka_unit_test(guids_and_text),
        cmocka_unit_test(dates_agree_with_the_c_library),
        cmocka_unit_test(impossible_dates_are_refused),
        cmocka_unit_test(the_version_is_19045),
        cmocka_unit_test(image_directories_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
