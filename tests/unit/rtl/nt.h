/* SPDX-License-Identifier: MIT */
/*
 * nt.h: the NT types that kernel/rtl needs, for a native compiler.
 *
 * Stands in for include/nt.h, whose DDK headers only mingw-w64 can read.
 * Sizes and the calling convention are those of Windows x64.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define NTAPI __attribute__((ms_abi))
#define CONST const
#define VOID  void
#define TRUE  1
#define FALSE 0

typedef uint8_t UCHAR, BOOLEAN, *PUCHAR;
typedef char CHAR, CCHAR, *PCHAR, *PSTR;
typedef const char *PCSZ, *PCCH;
typedef int16_t CSHORT;
typedef uint16_t USHORT, WCHAR, *PWCH, *PWSTR;
typedef const uint16_t *PCWCH, *PCWSTR;
typedef int32_t LONG, NTSTATUS;
typedef uint32_t ULONG, *PULONG;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG, ULONG_PTR;
typedef size_t SIZE_T;
typedef void *PVOID;

#define MAXUSHORT 0xFFFFu
#define MAXULONG  0xFFFFFFFFu

#define NT_SUCCESS(Status) ((NTSTATUS)(Status) >= 0)

#define STATUS_SUCCESS             ((NTSTATUS)0)
#define STATUS_SOME_NOT_MAPPED     ((NTSTATUS)0x00000107)
#define STATUS_BUFFER_OVERFLOW     ((NTSTATUS)0x80000005u)
#define STATUS_INVALID_PARAMETER   ((NTSTATUS)0xC000000Du)
#define STATUS_NO_MEMORY           ((NTSTATUS)0xC0000017u)
#define STATUS_BUFFER_TOO_SMALL    ((NTSTATUS)0xC0000023u)
#define STATUS_REVISION_MISMATCH   ((NTSTATUS)0xC0000059u)
#define STATUS_INVALID_PARAMETER_2 ((NTSTATUS)0xC00000F0u)
#define STATUS_INVALID_PARAMETER_4 ((NTSTATUS)0xC00000F2u)
#define STATUS_INVALID_PARAMETER_5 ((NTSTATUS)0xC00000F3u)
#define STATUS_NAME_TOO_LONG       ((NTSTATUS)0xC0000106u)

typedef struct _UNICODE_STRING {
    USHORT Length, MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _STRING {
    USHORT Length, MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, *PCANSI_STRING, OEM_STRING, *POEM_STRING;
typedef const STRING *PCOEM_STRING;

#define HASH_STRING_ALGORITHM_DEFAULT 0
#define HASH_STRING_ALGORITHM_X65599  1

#define RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE       1
#define RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING 2

typedef struct _GUID {
    ULONG Data1;
    USHORT Data2, Data3;
    UCHAR Data4[8];
} GUID;
typedef const GUID *REFGUID;

typedef struct _RTL_BITMAP {
    ULONG SizeOfBitMap;
    PULONG Buffer;
} RTL_BITMAP, *PRTL_BITMAP;

typedef struct _RTL_BITMAP_RUN {
    ULONG StartingIndex, NumberOfBits;
} RTL_BITMAP_RUN, *PRTL_BITMAP_RUN;

typedef union _LARGE_INTEGER {
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef struct _TIME_FIELDS {
    CSHORT Year, Month, Day, Hour, Minute, Second, Milliseconds, Weekday;
} TIME_FIELDS, *PTIME_FIELDS;

typedef struct _OSVERSIONINFOW {
    ULONG dwOSVersionInfoSize, dwMajorVersion, dwMinorVersion, dwBuildNumber, dwPlatformId;
    WCHAR szCSDVersion[128];
} RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

typedef struct _OSVERSIONINFOEXW {
    ULONG dwOSVersionInfoSize, dwMajorVersion, dwMinorVersion, dwBuildNumber, dwPlatformId;
    WCHAR szCSDVersion[128];
    USHORT wServicePackMajor, wServicePackMinor, wSuiteMask;
    UCHAR wProductType, wReserved;
} RTL_OSVERSIONINFOEXW, *PRTL_OSVERSIONINFOEXW;

#define VER_PLATFORM_WIN32_NT 2
#define VER_NT_WORKSTATION    1
#define VER_MINORVERSION      0x01
#define VER_MAJORVERSION      0x02
#define VER_BUILDNUMBER       0x04
#define VER_PLATFORMID        0x08
#define VER_SERVICEPACKMINOR  0x10
#define VER_SERVICEPACKMAJOR  0x20
#define VER_SUITENAME         0x40
#define VER_PRODUCT_TYPE      0x80
#define VER_EQUAL             1
#define VER_GREATER           2
#define VER_GREATER_EQUAL     3
#define VER_LESS              4
#define VER_LESS_EQUAL        5
#define VER_AND               6
#define VER_OR                7

#define IMAGE_DOS_SIGNATURE              0x5A4D
#define IMAGE_NT_SIGNATURE               0x00004550
#define IMAGE_NT_OPTIONAL_HDR64_MAGIC    0x20B
#define IMAGE_NUMBEROF_DIRECTORY_ENTRIES 16

typedef struct _IMAGE_DOS_HEADER {
    USHORT e_magic, e_unused[29];
    LONG e_lfanew;
} IMAGE_DOS_HEADER, *PIMAGE_DOS_HEADER;

typedef struct _IMAGE_DATA_DIRECTORY {
    ULONG VirtualAddress, Size;
} IMAGE_DATA_DIRECTORY, *PIMAGE_DATA_DIRECTORY;

typedef struct _IMAGE_NT_HEADERS {
    ULONG Signature;
    struct {
        USHORT Machine, NumberOfSections;
        ULONG TimeDateStamp, PointerToSymbolTable, NumberOfSymbols;
        USHORT SizeOfOptionalHeader, Characteristics;
    } FileHeader;
    struct {
        USHORT Magic, LinkerVersion;
        ULONG Unused1[14], SizeOfHeaders, Unused2[11], NumberOfRvaAndSizes;
        IMAGE_DATA_DIRECTORY DataDirectory[IMAGE_NUMBEROF_DIRECTORY_ENTRIES];
    } OptionalHeader;
} IMAGE_NT_HEADERS, *PIMAGE_NT_HEADERS;

typedef struct _IMAGE_SECTION_HEADER {
    UCHAR Name[8];
    ULONG VirtualSize, VirtualAddress, SizeOfRawData, PointerToRawData, Unused[4];
} IMAGE_SECTION_HEADER, *PIMAGE_SECTION_HEADER;

_Static_assert(offsetof(IMAGE_DOS_HEADER, e_lfanew) == 60, "the layout of a PE file");
_Static_assert(offsetof(IMAGE_NT_HEADERS, OptionalHeader.SizeOfHeaders) == 84, "PE layout");
_Static_assert(offsetof(IMAGE_NT_HEADERS, OptionalHeader.DataDirectory) == 136, "PE layout");
_Static_assert(sizeof(IMAGE_NT_HEADERS) == 264 && sizeof(IMAGE_SECTION_HEADER) == 40, "PE layout");

#define IMAGE_FIRST_SECTION(Headers)                                  \
    ((PIMAGE_SECTION_HEADER)((PUCHAR)&(Headers)->OptionalHeader +     \
                             (Headers)->FileHeader.SizeOfOptionalHeader))

enum { PagedPool = 1 };

/* Supplied by the test. */
PVOID NTAPI ExAllocatePoolWithTag(int PoolType, SIZE_T NumberOfBytes, ULONG Tag);
VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag);

void *NTAPI memcpy(void *Destination, const void *Source, size_t Count);
void *NTAPI memmove(void *Destination, const void *Source, size_t Count);
void *NTAPI memset(void *Destination, int Value, size_t Count);

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR SourceCharacter);
CHAR NTAPI RtlUpperChar(CHAR Character);
NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source,
                                      BOOLEAN Allocate);
NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source,
                                        BOOLEAN Allocate);
VOID NTAPI RtlUpperString(PSTRING Destination, const PSTRING Source);

VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING Destination, PCWSTR Source);
VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
                                              PCUNICODE_STRING Source);
LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                   BOOLEAN CaseInSensitive);
BOOLEAN NTAPI RtlEqualUnicodeString(CONST UNICODE_STRING *String1, CONST UNICODE_STRING *String2,
                                    BOOLEAN CaseInSensitive);
BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive);
NTSTATUS NTAPI RtlHashUnicodeString(CONST UNICODE_STRING *String, BOOLEAN CaseInSensitive,
                                    ULONG HashAlgorithm, PULONG HashValue);
NTSTATUS NTAPI RtlValidateUnicodeString(ULONG Flags, PCUNICODE_STRING String);
BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING Source,
                                         PUNICODE_STRING Destination);
VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);
VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString);

VOID NTAPI RtlInitAnsiString(PANSI_STRING Destination, PCSZ Source);
NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING Destination, PCSZ Source);
VOID NTAPI RtlCopyString(PSTRING Destination, const PSTRING Source);
NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING *Source);
LONG NTAPI RtlCompareString(const PSTRING String1, const PSTRING String2, BOOLEAN CaseInSensitive);
BOOLEAN NTAPI RtlEqualString(const PSTRING String1, const PSTRING String2,
                             BOOLEAN CaseInSensitive);

NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR Destination, ULONG MaxBytes, PULONG Bytes,
                                      PCWCH Source, ULONG SourceBytes);
NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH Destination, ULONG MaxBytes, PULONG Bytes,
                                      const CHAR *Source, ULONG SourceBytes);
NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG Bytes, PCWCH Source, ULONG SourceBytes);
NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG Bytes, const CHAR *Source, ULONG SourceBytes);
NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR Destination, ULONG MaxBytes, PULONG Bytes, PCWCH Source,
                                 ULONG SourceBytes);
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR Destination, ULONG MaxBytes, PULONG Bytes, PCCH Source,
                                 ULONG SourceBytes);
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING Destination, PCUNICODE_STRING Source,
                                            BOOLEAN Allocate);
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING Destination, PANSI_STRING Source,
                                            BOOLEAN Allocate);

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSTATUS NTAPI RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value);
NTSTATUS NTAPI RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString);
NTSTATUS NTAPI RtlGUIDFromString(PUNICODE_STRING GuidString, GUID *Guid);

VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMap, PULONG Buffer, ULONG Size);
VOID NTAPI RtlSetBit(PRTL_BITMAP BitMap, ULONG Bit);
VOID NTAPI RtlClearBit(PRTL_BITMAP BitMap, ULONG Bit);
BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP BitMap, ULONG Bit);
VOID NTAPI RtlSetBits(PRTL_BITMAP BitMap, ULONG Start, ULONG Count);
VOID NTAPI RtlClearBits(PRTL_BITMAP BitMap, ULONG Start, ULONG Count);
VOID NTAPI RtlSetAllBits(PRTL_BITMAP BitMap);
VOID NTAPI RtlClearAllBits(PRTL_BITMAP BitMap);
BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP BitMap, ULONG Start, ULONG Count);
BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP BitMap, ULONG Start, ULONG Count);
ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP BitMap);
ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP BitMap);
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set);
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set);
ULONG NTAPI RtlFindClearBits(PRTL_BITMAP BitMap, ULONG Count, ULONG Hint);
ULONG NTAPI RtlFindSetBits(PRTL_BITMAP BitMap, ULONG Count, ULONG Hint);
ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMap, ULONG Count, ULONG Hint);
ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMap, ULONG Count, ULONG Hint);
ULONG NTAPI RtlFindNextForwardRunClear(PRTL_BITMAP BitMap, ULONG From, PULONG Start);
ULONG NTAPI RtlFindLastBackwardRunClear(PRTL_BITMAP BitMap, ULONG From, PULONG Start);
ULONG NTAPI RtlFindLongestRunClear(PRTL_BITMAP BitMap, PULONG Start);
ULONG NTAPI RtlFindClearRuns(PRTL_BITMAP BitMap, PRTL_BITMAP_RUN Runs, ULONG Count,
                             BOOLEAN Longest);

VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields);
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time);
BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG Seconds);
BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG Seconds);
VOID NTAPI RtlSecondsSince1970ToTime(ULONG Seconds, PLARGE_INTEGER Time);
VOID NTAPI RtlSecondsSince1980ToTime(ULONG Seconds, PLARGE_INTEGER Time);

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW Version);
NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW Version, ULONG TypeMask,
                                    ULONGLONG ConditionMask);
ULONGLONG NTAPI VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition);

PIMAGE_NT_HEADERS NTAPI RtlImageNtHeader(PVOID Base);
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID Base, BOOLEAN MappedAsImage, USHORT DirectoryEntry,
                                         PULONG Size);
