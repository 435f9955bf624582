/* SPDX-License-Identifier: MIT */
/* crt.c: the functions that the compiler may call by itself; hal.dll imports nothing. */
#include <stddef.h>

void *memcpy(void *To, const void *From, size_t Bytes);
void *memset(void *To, int Value, size_t Bytes);

void *memcpy(void *To, const void *From, size_t Bytes)
{
    void *to = To;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(From), "+c"(Bytes) : : "memory");
    return To;
}

void *memset(void *To, int Value, size_t Bytes)
{
    void *to = To;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(Bytes) : "a"(Value) : "memory");
    return To;
}
