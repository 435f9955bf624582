/* SPDX-License-Identifier: MIT */
/*
 * names.h: other names for the kernel's C library routines.
 *
 * The run-time library is compiled natively for its tests with this included
 * first (-include), so that it does not replace the host's C library.
 */
#pragma once

#define atoi     nt_atoi
#define atol     nt_atol
#define bsearch  nt_bsearch
#define isalnum  nt_isalnum
#define isalpha  nt_isalpha
#define iscntrl  nt_iscntrl
#define isdigit  nt_isdigit
#define isgraph  nt_isgraph
#define islower  nt_islower
#define isprint  nt_isprint
#define ispunct  nt_ispunct
#define isspace  nt_isspace
#define isupper  nt_isupper
#define iswalnum nt_iswalnum
#define iswalpha nt_iswalpha
#define iswdigit nt_iswdigit
#define iswlower nt_iswlower
#define iswspace nt_iswspace
#define iswupper nt_iswupper
#define iswxdigit nt_iswxdigit
#define isxdigit nt_isxdigit
#define mbstowcs nt_mbstowcs
#define mbtowc   nt_mbtowc
#define memchr   nt_memchr
#define memcmp   nt_memcmp
#define memcpy   nt_memcpy
#define memmove  nt_memmove
#define memset   nt_memset
#define qsort    nt_qsort
#define rand     nt_rand
#define sprintf  nt_sprintf
#define srand    nt_srand
#define strcat   nt_strcat
#define strchr   nt_strchr
#define strcmp   nt_strcmp
#define strcpy   nt_strcpy
#define strcspn  nt_strcspn
#define strlen   nt_strlen
#define strncat  nt_strncat
#define strncmp  nt_strncmp
#define strncpy  nt_strncpy
#define strnlen  nt_strnlen
#define strpbrk  nt_strpbrk
#define strrchr  nt_strrchr
#define strspn   nt_strspn
#define strstr   nt_strstr
#define strtol   nt_strtol
#define strtoul  nt_strtoul
#define swprintf nt_swprintf
#define tolower  nt_tolower
#define toupper  nt_toupper
#define towlower nt_towlower
#define towupper nt_towupper
#define vsprintf nt_vsprintf
#define vswprintf nt_vswprintf
#define wcscat   nt_wcscat
#define wcschr   nt_wcschr
#define wcscmp   nt_wcscmp
#define wcscpy   nt_wcscpy
#define wcscspn  nt_wcscspn
#define wcslen   nt_wcslen
#define wcsncat  nt_wcsncat
#define wcsncmp  nt_wcsncmp
#define wcsncpy  nt_wcsncpy
#define wcsnlen  nt_wcsnlen
#define wcspbrk  nt_wcspbrk
#define wcsrchr  nt_wcsrchr
#define wcsspn   nt_wcsspn
#define wcsstr   nt_wcsstr
#define wcstol   nt_wcstol
#define wcstombs nt_wcstombs
#define wcstoul  nt_wcstoul
#define wctomb   nt_wctomb
