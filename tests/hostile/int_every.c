/* SPDX-License-Identifier: MIT */
/* Raises every vector by int n. */
#include "hostile.h"

static VOID Attack(VOID)
{
    /* int n; ret */
    UCHAR *code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');

    for (ULONG n = 255; n >= 0x20; n--) {
        code[0] = 0xCD;
        code[1] = (UCHAR)n;
        code[2] = 0xC3;
        if (n != 0x29 && n != 0x2C && n != 0x2D) {
            __asm__ volatile("call *%0" : : "r"(code) : "rax", "rcx", "rdx", "memory", "cc");
        }
    }
}
