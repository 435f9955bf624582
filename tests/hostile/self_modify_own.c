/* SPDX-License-Identifier: MIT */
/* A store that changes the very next instruction: not an error. */
#include "hostile.h"

static VOID Attack(VOID)
{
    /* mov byte [rip + 1], 42; mov eax, 1; ret: the 1 becomes 42 before it is loaded. */
    static const UCHAR Bytes[] = {0xC6, 0x05, 0x01, 0, 0, 0, 42, 0xB8, 1, 0, 0, 0, 0xC3};
    UCHAR *code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    ULONG value;

    RtlCopyMemory(code, Bytes, sizeof(Bytes));
    __asm__ volatile("call *%1" : "=a"(value) : "r"(code) : "memory", "cc");
    DbgPrint("%u\n", value);
    ExFreePoolWithTag(code, 'lsoH');
}
