/* SPDX-License-Identifier: MIT */
/* Code that changes itself while it runs: not an error. */
#include "hostile.h"

static VOID Attack(VOID)
{
    /* add eax, 1; ret; the 1 is changed. */
    static const UCHAR Code[] = {0x83, 0xC0, 0x01, 0xC3};
    UCHAR *code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    ULONG sum = 0;

    RtlCopyMemory(code, Code, sizeof(Code));
    for (ULONG i = 0; i < 1000; i++) {
        ((volatile UCHAR *)code)[2] = (UCHAR)(i & 63);
        __asm__ volatile("call *%1" : "+a"(sum) : "r"(code) : "memory", "cc");
    }
    DbgPrint("%u\n", sum);
    ExFreePoolWithTag(code, 'lsoH');
}
