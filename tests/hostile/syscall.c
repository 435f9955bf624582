/* SPDX-License-Identifier: MIT */
/* Makes a system call. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("syscall" : : : "rcx", "r11", "memory");
}
