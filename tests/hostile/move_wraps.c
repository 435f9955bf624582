/* SPDX-License-Identifier: MIT */
/* Copies beyond the end of the address space. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("rep movsb" : : "S"(0xFFFFFFFFFFFFF000ull), "D"(0xFFFFFFFFFFFFE000ull), "c"(~0ull) : "memory");
}
