/* SPDX-License-Identifier: MIT */
/* Copies all memory upwards. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("rep movsb" : : "S"(Attack), "D"((UCHAR *)Attack + PAGE), "c"(~0ull) : "memory");
}
