/* SPDX-License-Identifier: MIT */
/* An SSE exception that is not masked. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static const ULONG Control = 0x1F80 & ~0x200; /* division by zero */
    static const double One = 1.0;

    __asm__ volatile("ldmxcsr %0\n\txorpd %%xmm0, %%xmm0\n\tmovsd %1, %%xmm1\n\tdivsd %%xmm0, %%xmm1" : : "m"(Control), "m"(One));
}
