/* SPDX-License-Identifier: MIT */
/* Floating point gone wrong. */
#include "hostile.h"

/* An x87 exception that is not masked. */
static VOID FpuException(VOID)
{
    static const USHORT Control = 0x37F & ~4; /* division by zero */

    __asm__ volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" : : "m"(Control));
}

/* Restores a floating-point state of junk. */
static VOID FxrstorJunk(VOID)
{
    static UCHAR Data[512] __attribute__((aligned(16)));

    Fill(Data, 0xFF, sizeof(Data));
    __asm__ volatile("fxrstor64 %0" : : "m"(Data));
}

/* Saves the floating-point state to a place that is not aligned. */
static VOID FxsaveMisaligned(VOID)
{
    static UCHAR Data[600] __attribute__((aligned(16)));

    __asm__ volatile("fxsave64 %0" : "=m"(Data[8]));
}

/* Sets bits of MXCSR that do not exist. */
static VOID MxcsrJunk(VOID)
{
    static const ULONG Control = 0xFFFFFFFF;

    __asm__ volatile("ldmxcsr %0" : : "m"(Control));
}

/* An SSE exception that is not masked. */
static VOID SseException(VOID)
{
    static const ULONG Control = 0x1F80 & ~0x200; /* division by zero */
    static const double One = 1.0;

    __asm__ volatile("ldmxcsr %0\n\txorpd %%xmm0, %%xmm0\n\tmovsd %1, %%xmm1\n\tdivsd %%xmm0, %%xmm1" : : "m"(Control), "m"(One));
}

/* Loads 16 bytes that must be aligned and are not. */
static VOID SseMisaligned(VOID)
{
    static UCHAR Data[64] __attribute__((aligned(16)));

    __asm__ volatile("movaps %0, %%xmm0" : : "m"(Data[1]));
}

static const struct attack Attacks[] = {
    {"fpu_exception", FpuException},
    {"fxrstor_junk", FxrstorJunk},
    {"fxsave_misaligned", FxsaveMisaligned},
    {"mxcsr_junk", MxcsrJunk},
    {"sse_exception", SseException},
    {"sse_misaligned", SseMisaligned},
};

ATTACKS(Attacks)
