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

#define RTLCRT __attribute__((ms_abi))

#define RTLP_EINVAL   22
#define RTLP_ERANGE   34
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
