/* SPDX-License-Identifier: MIT */
/* Saves the floating-point state to a place that is not aligned. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static UCHAR Data[600] __attribute__((aligned(16)));

    __asm__ volatile("fxsave64 %0" : "=m"(Data[8]));
}
