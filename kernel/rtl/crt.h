/* SPDX-License-Identifier: MIT */
/*
 * crt.h: the C library routines that the kernel exports.
 *
 * Declared here, and not by mingw-w64's headers, because those import them
 * from a DLL.  wchar_t is uint16_t.  Kernel code may use them at any IRQL, as
 * long as the memory that it names is resident; they take no locks and keep
 * no state, with the one exception of rand.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Needed where this is compiled natively, for the tests. */
#define RTLCRT __attribute__((ms_abi))

#define RTLP_EINVAL    22
#define RTLP_ERANGE    34
#define RTLP_STRUNCATE 80
#define RTLP_TRUNCATE SIZE_MAX /* _TRUNCATE */

/* memory.c */
void *RTLCRT memcpy(void *Destination, const void *Source, size_t Count);
void *RTLCRT memmove(void *Destination, const void *Source, size_t Count);
void *RTLCRT memset(void *Destination, int Value, size_t Count);
int RTLCRT memcmp(const void *First, const void *Second, size_t Count);
void *RTLCRT memchr(const void *Buffer, int Value, size_t Count);
int RTLCRT memcpy_s(void *Destination, size_t Size, const void *Source, size_t Count);
int RTLCRT memmove_s(void *Destination, size_t Size, const void *Source, size_t Count);

/* string.c and wstring.c, both from string_template.h */
size_t RTLCRT strlen(const char *String);
size_t RTLCRT strnlen(const char *String, size_t Maximum);
char *RTLCRT strcpy(char *Destination, const char *Source);
char *RTLCRT strncpy(char *Destination, const char *Source, size_t Count);
char *RTLCRT strcat(char *Destination, const char *Source);
char *RTLCRT strncat(char *Destination, const char *Source, size_t Count);
int RTLCRT strcmp(const char *First, const char *Second);
int RTLCRT strncmp(const char *First, const char *Second, size_t Count);
int RTLCRT _stricmp(const char *First, const char *Second);
int RTLCRT _strnicmp(const char *First, const char *Second, size_t Count);
char *RTLCRT strchr(const char *String, int Character);
char *RTLCRT strrchr(const char *String, int Character);
char *RTLCRT strstr(const char *String, const char *Part);
size_t RTLCRT strspn(const char *String, const char *Set);
size_t RTLCRT strcspn(const char *String, const char *Set);
char *RTLCRT strpbrk(const char *String, const char *Set);
char *RTLCRT _strlwr(char *String);
char *RTLCRT _strupr(char *String);
char *RTLCRT _strrev(char *String);
char *RTLCRT _strset(char *String, int Character);
char *RTLCRT _strnset(char *String, int Character, size_t Count);

size_t RTLCRT wcslen(const uint16_t *String);
size_t RTLCRT wcsnlen(const uint16_t *String, size_t Maximum);
uint16_t *RTLCRT wcscpy(uint16_t *Destination, const uint16_t *Source);
uint16_t *RTLCRT wcsncpy(uint16_t *Destination, const uint16_t *Source, size_t Count);
uint16_t *RTLCRT wcscat(uint16_t *Destination, const uint16_t *Source);
uint16_t *RTLCRT wcsncat(uint16_t *Destination, const uint16_t *Source, size_t Count);
int RTLCRT wcscmp(const uint16_t *First, const uint16_t *Second);
int RTLCRT wcsncmp(const uint16_t *First, const uint16_t *Second, size_t Count);
int RTLCRT _wcsicmp(const uint16_t *First, const uint16_t *Second);
int RTLCRT _wcsnicmp(const uint16_t *First, const uint16_t *Second, size_t Count);
uint16_t *RTLCRT wcschr(const uint16_t *String, uint16_t Character);
uint16_t *RTLCRT wcsrchr(const uint16_t *String, uint16_t Character);
uint16_t *RTLCRT wcsstr(const uint16_t *String, const uint16_t *Part);
size_t RTLCRT wcsspn(const uint16_t *String, const uint16_t *Set);
size_t RTLCRT wcscspn(const uint16_t *String, const uint16_t *Set);
uint16_t *RTLCRT wcspbrk(const uint16_t *String, const uint16_t *Set);
uint16_t *RTLCRT _wcslwr(uint16_t *String);
uint16_t *RTLCRT _wcsupr(uint16_t *String);
uint16_t *RTLCRT _wcsrev(uint16_t *String);
uint16_t *RTLCRT _wcsset(uint16_t *String, uint16_t Character);
uint16_t *RTLCRT _wcsnset(uint16_t *String, uint16_t Character, size_t Count);

/* string_s.c and wstring_s.c, both from string_s_template.h */
int RTLCRT strcpy_s(char *Destination, size_t Size, const char *Source);
int RTLCRT strncpy_s(char *Destination, size_t Size, const char *Source, size_t Count);
int RTLCRT strcat_s(char *Destination, size_t Size, const char *Source);
int RTLCRT strncat_s(char *Destination, size_t Size, const char *Source, size_t Count);
int RTLCRT _strlwr_s(char *String, size_t Size);
int RTLCRT _strupr_s(char *String, size_t Size);
int RTLCRT _strset_s(char *String, size_t Size, int Character);
int RTLCRT _strnset_s(char *String, size_t Size, int Character, size_t Count);
char *RTLCRT strtok_s(char *String, const char *Delimiters, char **Context);
int RTLCRT wcscpy_s(uint16_t *Destination, size_t Size, const uint16_t *Source);
int RTLCRT wcsncpy_s(uint16_t *Destination, size_t Size, const uint16_t *Source, size_t Count);
int RTLCRT wcscat_s(uint16_t *Destination, size_t Size, const uint16_t *Source);
int RTLCRT wcsncat_s(uint16_t *Destination, size_t Size, const uint16_t *Source, size_t Count);
int RTLCRT _wcslwr_s(uint16_t *String, size_t Size);
int RTLCRT _wcsupr_s(uint16_t *String, size_t Size);
int RTLCRT _wcsset_s(uint16_t *String, size_t Size, uint16_t Character);
int RTLCRT _wcsnset_s(uint16_t *String, size_t Size, uint16_t Character, size_t Count);
uint16_t *RTLCRT wcstok_s(uint16_t *String, const uint16_t *Delimiters, uint16_t **Context);

/* ctype.c */
int RTLCRT isalnum(int Character);
int RTLCRT isalpha(int Character);
int RTLCRT iscntrl(int Character);
int RTLCRT isdigit(int Character);
int RTLCRT isgraph(int Character);
int RTLCRT islower(int Character);
int RTLCRT isprint(int Character);
int RTLCRT ispunct(int Character);
int RTLCRT isspace(int Character);
int RTLCRT isupper(int Character);
int RTLCRT isxdigit(int Character);
int RTLCRT tolower(int Character);
int RTLCRT toupper(int Character);
int RTLCRT iswalnum(uint16_t Character);
int RTLCRT iswalpha(uint16_t Character);
int RTLCRT iswdigit(uint16_t Character);
int RTLCRT iswlower(uint16_t Character);
int RTLCRT iswspace(uint16_t Character);
int RTLCRT iswupper(uint16_t Character);
int RTLCRT iswxdigit(uint16_t Character);
uint16_t RTLCRT towlower(uint16_t Character);
uint16_t RTLCRT towupper(uint16_t Character);

/* number.c and wnumber.c, both from number_template.h; long is int32_t */
int RTLCRT atoi(const char *String);
int32_t RTLCRT atol(const char *String);
int64_t RTLCRT _atoi64(const char *String);
int32_t RTLCRT strtol(const char *String, char **End, int Base);
uint32_t RTLCRT strtoul(const char *String, char **End, int Base);
int64_t RTLCRT _strtoi64(const char *String, char **End, int Base);
uint64_t RTLCRT _strtoui64(const char *String, char **End, int Base);
char *RTLCRT _itoa(int Value, char *String, int Radix);
int RTLCRT _itoa_s(int Value, char *String, size_t Size, int Radix);
int RTLCRT _ltoa_s(int32_t Value, char *String, size_t Size, int Radix);
int RTLCRT _ultoa_s(uint32_t Value, char *String, size_t Size, int Radix);
int RTLCRT _i64toa_s(int64_t Value, char *String, size_t Size, int Radix);
int RTLCRT _ui64toa_s(uint64_t Value, char *String, size_t Size, int Radix);
int RTLCRT _wtoi(const uint16_t *String);
int32_t RTLCRT _wtol(const uint16_t *String);
int64_t RTLCRT _wtoi64(const uint16_t *String);
int32_t RTLCRT wcstol(const uint16_t *String, uint16_t **End, int Base);
uint32_t RTLCRT wcstoul(const uint16_t *String, uint16_t **End, int Base);
int64_t RTLCRT _wcstoi64(const uint16_t *String, uint16_t **End, int Base);
uint64_t RTLCRT _wcstoui64(const uint16_t *String, uint16_t **End, int Base);
uint16_t *RTLCRT _itow(int Value, uint16_t *String, int Radix);
int RTLCRT _itow_s(int Value, uint16_t *String, size_t Size, int Radix);
int RTLCRT _ltow_s(int32_t Value, uint16_t *String, size_t Size, int Radix);
int RTLCRT _ultow_s(uint32_t Value, uint16_t *String, size_t Size, int Radix);
int RTLCRT _i64tow_s(int64_t Value, uint16_t *String, size_t Size, int Radix);
int RTLCRT _ui64tow_s(uint64_t Value, uint16_t *String, size_t Size, int Radix);

/* multibyte.c */
int RTLCRT mbtowc(uint16_t *Unit, const char *Bytes, size_t Count);
int RTLCRT wctomb(char *Bytes, uint16_t Unit);
size_t RTLCRT mbstowcs(uint16_t *Destination, const char *Source, size_t Count);
size_t RTLCRT wcstombs(char *Destination, const uint16_t *Source, size_t Count);

/* printf.c */
int RTLCRT _vsnprintf(char *Buffer, size_t Count, const char *Format, __builtin_ms_va_list List);
int RTLCRT _snprintf(char *Buffer, size_t Count, const char *Format, ...);
int RTLCRT vsprintf(char *Buffer, const char *Format, __builtin_ms_va_list List);
int RTLCRT sprintf(char *Buffer, const char *Format, ...);
int RTLCRT _vsnprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format,
                        __builtin_ms_va_list List);
int RTLCRT _snprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, ...);
int RTLCRT vsprintf_s(char *Buffer, size_t Size, const char *Format, __builtin_ms_va_list List);
int RTLCRT sprintf_s(char *Buffer, size_t Size, const char *Format, ...);
int RTLCRT _vsnwprintf(uint16_t *Buffer, size_t Count, const uint16_t *Format,
                       __builtin_ms_va_list List);
int RTLCRT _snwprintf(uint16_t *Buffer, size_t Count, const uint16_t *Format, ...);
int RTLCRT _vswprintf(uint16_t *Buffer, const uint16_t *Format, __builtin_ms_va_list List);
int RTLCRT _swprintf(uint16_t *Buffer, const uint16_t *Format, ...);
int RTLCRT vswprintf(uint16_t *Buffer, const uint16_t *Format, __builtin_ms_va_list List);
int RTLCRT swprintf(uint16_t *Buffer, const uint16_t *Format, ...);
int RTLCRT _vsnwprintf_s(uint16_t *Buffer, size_t Size, size_t Count, const uint16_t *Format,
                         __builtin_ms_va_list List);
int RTLCRT _snwprintf_s(uint16_t *Buffer, size_t Size, size_t Count, const uint16_t *Format, ...);
int RTLCRT vswprintf_s(uint16_t *Buffer, size_t Size, const uint16_t *Format,
                       __builtin_ms_va_list List);
int RTLCRT swprintf_s(uint16_t *Buffer, size_t Size, const uint16_t *Format, ...);

/* sort.c */
typedef int(RTLCRT *RTLP_COMPARE)(const void *First, const void *Second);
typedef int(RTLCRT *RTLP_COMPARE_S)(void *Context, const void *First, const void *Second);

void RTLCRT qsort(void *Base, size_t Count, size_t Size, RTLP_COMPARE Compare);
void RTLCRT qsort_s(void *Base, size_t Count, size_t Size, RTLP_COMPARE_S Compare, void *Context);
void *RTLCRT bsearch(const void *Key, const void *Base, size_t Count, size_t Size,
                     RTLP_COMPARE Compare);
void *RTLCRT bsearch_s(const void *Key, const void *Base, size_t Count, size_t Size,
                       RTLP_COMPARE_S Compare, void *Context);

/* random.c */
void RTLCRT srand(unsigned Seed);
int RTLCRT rand(void);
