/* SPDX-License-Identifier: MIT */
/* All processors change the same code and run it: not an error. */
#include "hostile.h"

static UCHAR *Code;

static VOID Routine(VOID)
{
    ULONG sum = 0;

    for (ULONG i = 0; i < 100; i++) {
        ((volatile UCHAR *)Code)[2] = (UCHAR)(i & 63);
        __asm__ volatile("call *%1" : "+a"(sum) : "r"(Code) : "memory", "cc");
    }
}

static VOID Attack(VOID)
{
    static const UCHAR Bytes[] = {0x83, 0xC0, 0x01, 0xC3}; /* add eax, 1; ret */

    Code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    RtlCopyMemory(Code, Bytes, sizeof(Bytes));
    Everywhere(Routine);
    ExFreePoolWithTag(Code, 'lsoH');
}
