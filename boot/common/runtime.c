/* SPDX-License-Identifier: MIT */
/*
 * runtime.c: the routines of <string.h> that the boot code uses or the compiler
 * calls on its own, for boot paths that have no C library.
 */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    void *result = to;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    return result;
}

void *memmove(void *to, const void *from, size_t count)
{
    if ((uintptr_t)to - (uintptr_t)from >= count) {
        return memcpy(to, from, count);
    }
    for (volatile uint8_t *at = (uint8_t *)to + count; count != 0; count--) {
        *--at = ((const uint8_t *)from)[count - 1];
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    void *result = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory");
    return result;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const uint8_t *a = left;
    const uint8_t *b = right;

    for (; count != 0; count--, a++, b++) {
        if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return 0;
}

void *memchr(const void *bytes, int value, size_t count)
{
    const uint8_t *at = bytes;

    for (; count != 0; count--, at++) {
        if (*at == (uint8_t)value) {
            return (void *)(uintptr_t)at;
        }
    }
    return NULL;
}

size_t strnlen(const char *text, size_t limit)
{
    size_t length = 0;

    while (length < limit && text[length] != '\0') {
        length++;
    }
    return length;
}

size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

int strncmp(const char *left, const char *right, size_t limit)
{
    for (; limit != 0; limit--, left++, right++) {
        if (*left != *right || *left == '\0') {
            return (int)(uint8_t)*left - (int)(uint8_t)*right;
        }
    }
    return 0;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, SIZE_MAX);
}

char *strchr(const char *text, int value)
{
    for (;; text++) {
        if (*text == (char)value) {
            return (char *)(uintptr_t)text;
        }
        if (*text == '\0') {
            return NULL;
        }
    }
}
