/* SPDX-License-Identifier: MIT */
/* Writes to the kernel's code, which is read-only. */
#include "hostile.h"

static VOID Attack(VOID)
{
    *(volatile UCHAR *)(ULONG_PTR)&KeIpiGenericCall = 0xCC;
}
