/* SPDX-License-Identifier: MIT */
/*
 * The run-time library, as drivers import it: formatting with va_list, the wide and the checked string
 * routines, character classes, bitmaps, code pages, a stack trace.  Its cases are in the unit tests.
 */
#include <ntifs.h>
#include <stdarg.h>
#include "contract.h"

/* What the headers do not declare, or inline; the linker knows them by their own names. */
#define IMPORT(Result, Name, ...)                                                                  \
    __declspec(dllimport) Result Import_##Name(__VA_ARGS__) __asm__(#Name)

IMPORT(int, _vsnprintf, char *, SIZE_T, const char *, va_list);
IMPORT(int, _vsnprintf_s, char *, SIZE_T, SIZE_T, const char *, va_list);
IMPORT(int, vsprintf, char *, const char *, va_list);
IMPORT(int, vsprintf_s, char *, SIZE_T, const char *, va_list);
IMPORT(int, _vsnwprintf, WCHAR *, SIZE_T, const WCHAR *, va_list);
IMPORT(int, _vsnwprintf_s, WCHAR *, SIZE_T, SIZE_T, const WCHAR *, va_list);
IMPORT(int, vswprintf_s, WCHAR *, SIZE_T, const WCHAR *, va_list);
IMPORT(int, vswprintf, WCHAR *, const WCHAR *, va_list);
IMPORT(int, _vswprintf, WCHAR *, const WCHAR *, va_list);
IMPORT(int, _swprintf, WCHAR *, const WCHAR *, ...);
IMPORT(int, wcscpy_s, WCHAR *, SIZE_T, const WCHAR *);
IMPORT(int, wcscat_s, WCHAR *, SIZE_T, const WCHAR *);
IMPORT(int, wcsncpy_s, WCHAR *, SIZE_T, const WCHAR *, SIZE_T);
IMPORT(int, wcsncat_s, WCHAR *, SIZE_T, const WCHAR *, SIZE_T);
IMPORT(SIZE_T, wcsnlen, const WCHAR *, SIZE_T);
IMPORT(SIZE_T, wcscspn, const WCHAR *, const WCHAR *);
IMPORT(WCHAR *, wcspbrk, const WCHAR *, const WCHAR *);
IMPORT(WCHAR *, wcstok_s, WCHAR *, const WCHAR *, WCHAR **);
IMPORT(LONG, wcstol, const WCHAR *, WCHAR **, int);
IMPORT(LONG64, _wcstoi64, const WCHAR *, WCHAR **, int);
IMPORT(ULONG64, _wcstoui64, const WCHAR *, WCHAR **, int);
IMPORT(LONG64, _wtoi64, const WCHAR *);
IMPORT(LONG, _wtol, const WCHAR *);
IMPORT(WCHAR *, _wcslwr, WCHAR *);
IMPORT(int, _wcslwr_s, WCHAR *, SIZE_T);
IMPORT(int, _wcsupr_s, WCHAR *, SIZE_T);
IMPORT(int, _strlwr_s, char *, SIZE_T);
IMPORT(WCHAR *, _wcsset, WCHAR *, WCHAR);
IMPORT(int, _wcsset_s, WCHAR *, SIZE_T, WCHAR);
IMPORT(WCHAR *, _wcsnset, WCHAR *, WCHAR, SIZE_T);
IMPORT(int, _wcsnset_s, WCHAR *, SIZE_T, WCHAR, SIZE_T);
IMPORT(int, _strset_s, char *, SIZE_T, int);
IMPORT(int, _strnset_s, char *, SIZE_T, int, SIZE_T);
IMPORT(WCHAR *, _itow, int, WCHAR *, int);
IMPORT(int, _ltoa_s, LONG, char *, SIZE_T, int);
IMPORT(int, _ltow_s, LONG, WCHAR *, SIZE_T, int);
IMPORT(int, _ultow_s, ULONG, WCHAR *, SIZE_T, int);
IMPORT(int, _i64tow_s, LONG64, WCHAR *, SIZE_T, int);
IMPORT(int, _ui64tow_s, ULONG64, WCHAR *, SIZE_T, int);
IMPORT(WCHAR, towlower, WCHAR);
IMPORT(VOID, qsort_s, void *, SIZE_T, SIZE_T, int (*)(void *, const void *, const void *), void *);
IMPORT(void *, bsearch_s, const void *, const void *, SIZE_T, SIZE_T,
       int (*)(void *, const void *, const void *), void *);

#define CLASS(Name) IMPORT(int, Name, int)
CLASS(isalnum);
CLASS(iscntrl);
CLASS(isgraph);
CLASS(islower);
CLASS(isprint);
CLASS(ispunct);
CLASS(isupper);
CLASS(iswalnum);
CLASS(iswalpha);
CLASS(iswdigit);
CLASS(iswlower);
CLASS(iswspace);
CLASS(iswupper);
CLASS(iswxdigit);

IMPORT(VOID, RtlCopyMemory, void *, const void *, SIZE_T);
IMPORT(VOID, RtlMoveMemory, void *, const void *, SIZE_T);
IMPORT(VOID, RtlCopyMemoryNonTemporal, void *, const void *, SIZE_T);
IMPORT(VOID, RtlFillMemoryUlonglong, void *, SIZE_T, ULONG64);
IMPORT(VOID, RtlInitString, PSTRING, const char *);
IMPORT(CHAR, RtlUpperChar, CHAR);
IMPORT(VOID, RtlUpperString, PSTRING, const STRING *);
IMPORT(VOID, RtlCopyString, PSTRING, const STRING *);
IMPORT(ULONG, RtlRandom, PULONG);
IMPORT(ULONG, RtlUniform, PULONG);
IMPORT(ULONG, RtlNumberOfSetBitsUlongPtr, ULONG_PTR);
IMPORT(USHORT, RtlCaptureStackBackTrace, ULONG, ULONG, PVOID *, PULONG);
IMPORT(LONG, RtlCompareUnicodeStrings, const WCHAR *, SIZE_T, const WCHAR *, SIZE_T, BOOLEAN);
IMPORT(ULONG, RtlxAnsiStringToUnicodeSize, const STRING *);
IMPORT(ULONG, RtlxOemStringToUnicodeSize, const STRING *);
IMPORT(ULONG, RtlxUnicodeStringToAnsiSize, const UNICODE_STRING *);
IMPORT(ULONG, RtlxUnicodeStringToOemSize, const UNICODE_STRING *);
IMPORT(NTSTATUS, RtlOemStringToUnicodeString, PUNICODE_STRING, const STRING *, BOOLEAN);
IMPORT(NTSTATUS, RtlUnicodeStringToOemString, PSTRING, const UNICODE_STRING *, BOOLEAN);
IMPORT(VOID, RtlFreeOemString, PSTRING);
IMPORT(NTSTATUS, RtlOemToUnicodeN, WCHAR *, ULONG, PULONG, const char *, ULONG);
IMPORT(NTSTATUS, RtlUnicodeToOemN, char *, ULONG, PULONG, const WCHAR *, ULONG);

#define SAME(Wide, Text) CHECK_EQUAL(RtlCompareMemory(Wide, Text, sizeof(Text)), sizeof(Text))

static VOID CheckFormats(const char *Format, const WCHAR *WideFormat, ...)
{
    char Text[20];
    WCHAR Wide[20];
    va_list List;

#define FORMAT(Count, Call)                                                                        \
    do {                                                                                           \
        va_start(List, WideFormat);                                                                \
        CHECK_EQUAL(Call, Count);                                                                  \
        va_end(List);                                                                              \
    } while (0)

    FORMAT(5, Import__vsnprintf(Text, 20, Format, List));
    SAME(Text, "42-ab");
    FORMAT(-1, Import__vsnprintf(Text, 3, Format, List));
    CHECK_EQUAL(RtlCompareMemory(Text, "42-", 3), 3); /* and no terminator */
    FORMAT(5, Import__vsnprintf_s(Text, 20, 10, Format, List));
    SAME(Text, "42-ab");
    FORMAT(5, Import_vsprintf(Text, Format, List));
    SAME(Text, "42-ab");
    FORMAT(5, Import_vsprintf_s(Text, 20, Format, List));
    FORMAT(5, Import__vsnwprintf(Wide, 20, WideFormat, List));
    SAME(Wide, L"42-ab");
    FORMAT(5, Import__vsnwprintf_s(Wide, 20, 10, WideFormat, List));
    FORMAT(5, Import_vswprintf_s(Wide, 20, WideFormat, List));
    SAME(Wide, L"42-ab");
    FORMAT(5, Import_vswprintf(Wide, WideFormat, List));
    FORMAT(5, Import__vswprintf(Wide, WideFormat, List));
    CHECK_EQUAL(Import__swprintf(Wide, L"%u", 7), 1);
    SAME(Wide, L"7");
}

static VOID CheckWide(VOID)
{
    WCHAR Text[20], *End = NULL;
    char Narrow[20] = "ABC";

    CHECK_EQUAL(Import_wcscpy_s(Text, 20, L"One"), 0);
    CHECK_EQUAL(Import_wcscat_s(Text, 20, L",Two"), 0);
    CHECK_EQUAL(Import_wcsncat_s(Text, 20, L"!!!", 1), 0);
    SAME(Text, L"One,Two!");
    CHECK(Import_wcscpy_s(Text, 2, L"long") != 0);
    CHECK_EQUAL(Import_wcsncpy_s(Text, 20, L"One,Two!", 7), 0);
    CHECK_EQUAL(Import_wcsnlen(Text, 20), 7);
    CHECK_EQUAL(Import_wcscspn(Text, L",!"), 3);
    CHECK(Import_wcspbrk(Text, L"!,") == Text + 3);
    CHECK(Import_wcstok_s(Text, L",", &End) == Text);
    CHECK(Import_wcstok_s(NULL, L",", &End) == Text + 4);
    Import__wcslwr(Text);
    SAME(Text, L"one");
    CHECK_EQUAL(Import__wcsupr_s(Text, 20), 0);
    SAME(Text, L"ONE");
    CHECK_EQUAL(Import__wcslwr_s(Text, 20), 0);
    Import__wcsset(Text, L'x');
    SAME(Text, L"xxx");
    CHECK_EQUAL(Import__wcsset_s(Text, 20, L'y'), 0);
    Import__wcsnset(Text, L'z', 1);
    CHECK_EQUAL(Import__wcsnset_s(Text + 1, 19, L'w', 1), 0);
    SAME(Text, L"zwy");
    CHECK_EQUAL(Import__strlwr_s(Narrow, 20), 0);
    SAME(Narrow, "abc");
    CHECK_EQUAL(Import__strset_s(Narrow, 20, 'q'), 0);
    CHECK_EQUAL(Import__strnset_s(Narrow, 20, 'r', 1), 0);
    SAME(Narrow, "rqq");
    CHECK_EQUAL(Import_towlower(L'Q'), L'q');
}

static VOID CheckNumbers(VOID)
{
    WCHAR Wide[30];
    char Text[30];

    CHECK_EQUAL(Import_wcstol(L"-12", NULL, 10), -12);
    CHECK_EQUAL(Import__wcstoi64(L"-0x10", NULL, 0), -16);
    CHECK_EQUAL(Import__wcstoui64(L"77", NULL, 8), 63);
    CHECK_EQUAL(Import__wtoi64(L"5000000000"), 5000000000);
    CHECK_EQUAL(Import__wtol(L"31"), 31);
    Import__itow(255, Wide, 16);
    SAME(Wide, L"ff");
    CHECK_EQUAL(Import__ltoa_s(-5, Text, 30, 10), 0);
    SAME(Text, "-5");
    CHECK_EQUAL(Import__ltow_s(-5, Wide, 30, 10), 0);
    SAME(Wide, L"-5");
    CHECK_EQUAL(Import__ultow_s(5, Wide, 30, 2), 0);
    SAME(Wide, L"101");
    CHECK_EQUAL(Import__i64tow_s(-6, Wide, 30, 10), 0);
    SAME(Wide, L"-6");
    CHECK_EQUAL(Import__ui64tow_s(6000000000, Wide, 30, 10), 0);
    SAME(Wide, L"6000000000");
}

static VOID CheckClasses(VOID)
{
    CHECK(Import_isalnum('a') && !Import_isalnum('-'));
    CHECK(Import_iscntrl('\n') && !Import_iscntrl('a'));
    CHECK(Import_isgraph('a') && !Import_isgraph(' '));
    CHECK(Import_islower('a') && !Import_islower('A'));
    CHECK(Import_isprint(' ') && !Import_isprint('\n'));
    CHECK(Import_ispunct('-') && !Import_ispunct('a'));
    CHECK(Import_isupper('A') && !Import_isupper('a'));
    CHECK(Import_iswalnum(L'1') && !Import_iswalnum(L'-'));
    CHECK(Import_iswalpha(L'a') && !Import_iswalpha(L'1'));
    CHECK(Import_iswdigit(L'1') && !Import_iswdigit(L'a'));
    CHECK(Import_iswlower(L'a') && !Import_iswlower(L'A'));
    CHECK(Import_iswspace(L'\t') && !Import_iswspace(L'a'));
    CHECK(Import_iswupper(L'A') && !Import_iswupper(L'a'));
    CHECK(Import_iswxdigit(L'f') && !Import_iswxdigit(L'g'));
}

static int Compare(void *Context, const void *Left, const void *Right)
{
    CHECK(Context == (void *)&Compare);
    return *(const int *)Left - *(const int *)Right;
}

static VOID CheckMemory(VOID)
{
    int Numbers[5] = {5, 3, 1, 4, 2}, Wanted = 4;
    ULONG64 Words[3] = {0};
    UCHAR Copy[sizeof(Numbers)];

    Import_qsort_s(Numbers, 5, sizeof(int), Compare, (void *)&Compare);
    for (int Index = 0; Index < 5; Index++) {
        CHECK_EQUAL(Numbers[Index], Index + 1);
    }
    CHECK(Import_bsearch_s(&Wanted, Numbers, 5, sizeof(int), Compare, (void *)&Compare) ==
          &Numbers[3]);
    Import_RtlCopyMemory(Copy, Numbers, sizeof(Copy));
    Import_RtlMoveMemory(Copy + 1, Copy, 4);
    CHECK_EQUAL(Copy[1], 1);
    Import_RtlCopyMemoryNonTemporal(Copy, Numbers, sizeof(Copy));
    CHECK_EQUAL(RtlCompareMemory(Copy, Numbers, sizeof(Copy)), sizeof(Copy));
    Import_RtlFillMemoryUlonglong(Words, 2 * sizeof(ULONG64), 0x1122334455667788);
    CHECK_EQUAL(Words[1], 0x1122334455667788);
    CHECK_EQUAL(Words[2], 0);
    CHECK_EQUAL(Import_RtlNumberOfSetBitsUlongPtr(0xF0F0), 8);
}

static VOID CheckBits(VOID)
{
    ULONG Words[2], Seed = 12345, First;
    RTL_BITMAP Map;

    RtlInitializeBitMap(&Map, Words, 64);
    RtlClearAllBits(&Map);
    RtlSetBits(&Map, 10, 20);
    RtlClearBits(&Map, 12, 2);
    RtlSetBit(&Map, 13);
    RtlClearBit(&Map, 29);
    CHECK_EQUAL(RtlNumberOfSetBits(&Map), 18);
    CHECK_EQUAL(RtlFindSetBitsAndClear(&Map, 16, 0), 13);
    CHECK_EQUAL(RtlNumberOfSetBits(&Map), 2);
    CHECK_EQUAL(RtlFindFirstRunClear(&Map, &First), 10);
    CHECK_EQUAL(First, 0);
    CHECK(Import_RtlRandom(&Seed) <= MAXLONG);
    CHECK(Import_RtlUniform(&Seed) <= MAXLONG);
}

static VOID CheckStrings(VOID)
{
    UNICODE_STRING Wide = RTL_CONSTANT_STRING(L"Gr\u00FC\u00DFe"), Made;
    STRING Text, Upper, Oem;
    char Room[20], Bytes[20];
    WCHAR Units[20];
    ULONG Count = 0;

    Import_RtlInitString(&Text, "abc");
    Upper.Buffer = Room;
    Upper.Length = 0;
    Upper.MaximumLength = sizeof(Room);
    Import_RtlUpperString(&Upper, &Text);
    CHECK_EQUAL(RtlCompareMemory(Room, "ABC", 3), 3);
    Import_RtlCopyString(&Upper, &Text);
    CHECK_EQUAL(RtlCompareMemory(Room, "abc", 3), 3);
    CHECK_EQUAL(Import_RtlUpperChar('z'), 'Z');
    CHECK_EQUAL(Import_RtlCompareUnicodeStrings(L"aB", 2, L"Ab", 2, TRUE), 0);
    CHECK_EQUAL(Import_RtlxAnsiStringToUnicodeSize(&Text), 8);
    CHECK_EQUAL(Import_RtlxOemStringToUnicodeSize(&Text), 8);
    CHECK_EQUAL(Import_RtlUnicodeStringToOemString(&Oem, &Wide, TRUE), STATUS_SUCCESS);
    CHECK_EQUAL(Import_RtlxUnicodeStringToOemSize(&Wide), Oem.Length + 1);
    CHECK_EQUAL(Import_RtlxUnicodeStringToAnsiSize(&Wide), Oem.Length + 1);
    CHECK_EQUAL(Import_RtlOemStringToUnicodeString(&Made, &Oem, TRUE), STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Made, &Wide, FALSE));
    CHECK_EQUAL(Import_RtlUnicodeToOemN(Bytes, 20, &Count, Wide.Buffer, Wide.Length), STATUS_SUCCESS);
    CHECK_EQUAL(Count, Oem.Length);
    CHECK_EQUAL(Import_RtlOemToUnicodeN(Units, sizeof(Units), &Count, Bytes, Oem.Length),
                STATUS_SUCCESS);
    CHECK_EQUAL(Count, Wide.Length);
    RtlFreeUnicodeString(&Made);
    Import_RtlFreeOemString(&Oem);
}

static __attribute__((noinline)) VOID CheckTrace(PDRIVER_OBJECT Driver)
{
    PVOID Frames[8] = {0};
    ULONG Hash = 0;
    USHORT Count = Import_RtlCaptureStackBackTrace(0, 8, Frames, &Hash);

    CHECK(Count >= 3);
    CHECK((ULONG_PTR)Frames[0] - (ULONG_PTR)Driver->DriverStart < Driver->DriverSize);
    CHECK((ULONG_PTR)Frames[1] - (ULONG_PTR)Driver->DriverStart < Driver->DriverSize);
    CHECK((ULONG_PTR)Frames[2] - (ULONG_PTR)Driver->DriverStart >= Driver->DriverSize);
    CHECK(Hash != 0);
    CHECK(Import_RtlCaptureStackBackTrace(1, 8, Frames, NULL) == Count - 1);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckFormats("%d-%s", L"%d-%hs", 42, "ab");
    CheckWide();
    CheckNumbers();
    CheckClasses();
    CheckMemory();
    CheckBits();
    CheckStrings();
    CheckTrace(DriverObject);
    return CONTRACT_RESULT();
}
