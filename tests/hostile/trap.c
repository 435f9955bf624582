/* SPDX-License-Identifier: MIT */
/* Debug registers, single steps, and interrupts by instruction. */
#include "hostile.h"

/* Writes junk to all debug registers. */
static VOID DebugRegisters(VOID)
{
    __asm__ volatile("movq %0, %%dr0\n\tmovq %0, %%dr1\n\tmovq %0, %%dr2\n\tmovq %0, %%dr3"
                     : : "r"(0xFFFF900012345000ull));
    __asm__ volatile("movq %0, %%dr6" : : "r"(0xFFFFFFFFull));
    __asm__ volatile("movq %0, %%dr7" : : "r"(0xFFFF07FFull));
    DbgPrint("set\n");
    __asm__ volatile("movq %0, %%dr7" : : "r"(~0ull));
}

static VOID __attribute__((noinline)) HardwareBreakpointTarget(VOID)
{
    __asm__ volatile("nop");
}

/* Sets a hardware breakpoint on its own code. */
static VOID HardwareBreakpoint(VOID)
{
    __asm__ volatile("movq %0, %%dr0\n\tmovq %1, %%dr7" : : "r"(&HardwareBreakpointTarget), "r"(0x403ull));
    HardwareBreakpointTarget();
}

static volatile ULONG HardwareWatchpointData;

/* Sets a hardware breakpoint on its data. */
static VOID HardwareWatchpoint(VOID)
{
    __asm__ volatile("movq %0, %%dr0\n\tmovq %1, %%dr7" : : "r"(&HardwareWatchpointData), "r"(0xD0403ull));
    HardwareWatchpointData = 1;
}

/* Raises vector 0 by int n. */
static VOID Int0(VOID)
{
    __asm__ volatile("int $0");
}

/* Raises vector 1 by int n. */
static VOID Int1(VOID)
{
    __asm__ volatile("int $1");
}

/* Raises vector 13 by int n. */
static VOID Int13(VOID)
{
    __asm__ volatile("int $13");
}

/* Raises vector 14 by int n. */
static VOID Int14(VOID)
{
    __asm__ volatile("int $14");
}

/* Raises vector 18 by int n. */
static VOID Int18(VOID)
{
    __asm__ volatile("int $18");
}

/* Raises vector 2 by int n. */
static VOID Int2(VOID)
{
    __asm__ volatile("int $2");
}

/* Raises vector 209 by int n. */
static VOID Int209(VOID)
{
    __asm__ volatile("int $209");
}

/* Raises vector 224 by int n. */
static VOID Int224(VOID)
{
    __asm__ volatile("int $224");
}

/* Raises vector 255 by int n. */
static VOID Int255(VOID)
{
    __asm__ volatile("int $255");
}

/* Raises vector 3 by int n. */
static VOID Int3(VOID)
{
    __asm__ volatile("int $3");
}

/* Raises vector 4 by int n. */
static VOID Int4(VOID)
{
    __asm__ volatile("int $4");
}

/* Raises vector 40 by int n. */
static VOID Int40(VOID)
{
    __asm__ volatile("int $40");
}

/* Raises vector 8 by int n. */
static VOID Int8(VOID)
{
    __asm__ volatile("int $8");
}

/* Raises every vector by int n. */
static VOID IntEvery(VOID)
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

/* Single-steps itself. */
static VOID SingleStep(VOID)
{
    __asm__ volatile("pushfq\n\torq $0x100, (%rsp)\n\tpopfq\n\tnop\n\tnop");
}

static const struct attack Attacks[] = {
    {"debug_registers", DebugRegisters},
    {"hardware_breakpoint", HardwareBreakpoint},
    {"hardware_watchpoint", HardwareWatchpoint},
    {"int_0", Int0},
    {"int_1", Int1},
    {"int_13", Int13},
    {"int_14", Int14},
    {"int_18", Int18},
    {"int_2", Int2},
    {"int_209", Int209},
    {"int_224", Int224},
    {"int_255", Int255},
    {"int_3", Int3},
    {"int_4", Int4},
    {"int_40", Int40},
    {"int_8", Int8},
    {"int_every", IntEvery},
    {"single_step", SingleStep},
};

ATTACKS(Attacks)
