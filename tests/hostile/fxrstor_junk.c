/* SPDX-License-Identifier: MIT */
/* Restores a floating-point state of junk. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static UCHAR Data[512] __attribute__((aligned(16)));

    Fill(Data, 0xFF, sizeof(Data));
    __asm__ volatile("fxrstor64 %0" : : "m"(Data));
}
