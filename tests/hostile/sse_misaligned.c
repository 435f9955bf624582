/* SPDX-License-Identifier: MIT */
/* Loads 16 bytes that must be aligned and are not. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static UCHAR Data[64] __attribute__((aligned(16)));

    __asm__ volatile("movaps %0, %%xmm0" : : "m"(Data[1]));
}
