/* SPDX-License-Identifier: MIT */
/* halp_cpu.h: the privileged instructions, by name. */
#pragma once

#include "nt.h"

#define HALP_MSR_APIC_BASE 0x1B
#define HALP_MSR_GS_BASE   0xC0000101

FORCEINLINE UCHAR HalpIn8(USHORT Port)
{
    UCHAR value;
    __asm__ volatile("inb %w1, %b0" : "=a"(value) : "Nd"(Port) : "memory");
    return value;
}

FORCEINLINE USHORT HalpIn16(USHORT Port)
{
    USHORT value;
    __asm__ volatile("inw %w1, %w0" : "=a"(value) : "Nd"(Port) : "memory");
    return value;
}

FORCEINLINE ULONG HalpIn32(USHORT Port)
{
    ULONG value;
    __asm__ volatile("inl %w1, %k0" : "=a"(value) : "Nd"(Port) : "memory");
    return value;
}

FORCEINLINE VOID HalpOut8(USHORT Port, UCHAR Value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(Value), "Nd"(Port) : "memory");
}

/* HalpOut8s: the bytes one after another, in one instruction.  Interrupts come in between. */
FORCEINLINE VOID HalpOut8s(USHORT Port, const VOID *Bytes, SIZE_T Length)
{
    __asm__ volatile("rep outsb" : "+S"(Bytes), "+c"(Length) : "d"(Port) : "memory");
}

FORCEINLINE VOID HalpOut16(USHORT Port, USHORT Value)
{
    __asm__ volatile("outw %w0, %w1" : : "a"(Value), "Nd"(Port) : "memory");
}

FORCEINLINE VOID HalpOut32(USHORT Port, ULONG Value)
{
    __asm__ volatile("outl %k0, %w1" : : "a"(Value), "Nd"(Port) : "memory");
}

FORCEINLINE ULONG64 HalpReadMsr(ULONG Register)
{
    ULONG low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(Register) : "memory");
    return (ULONG64)high << 32 | low;
}

FORCEINLINE VOID HalpWriteMsr(ULONG Register, ULONG64 Value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(Register), "a"((ULONG)Value), "d"((ULONG)(Value >> 32))
                     : "memory");
}

FORCEINLINE ULONG64 HalpReadTsc(VOID)
{
    ULONG low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (ULONG64)high << 32 | low;
}

typedef struct _HALP_CPUID {
    ULONG Eax, Ebx, Ecx, Edx;
} HALP_CPUID;

FORCEINLINE HALP_CPUID HalpCpuid(ULONG Leaf)
{
    HALP_CPUID id;
    __asm__ volatile("cpuid"
                     : "=a"(id.Eax), "=b"(id.Ebx), "=c"(id.Ecx), "=d"(id.Edx)
                     : "a"(Leaf), "c"(0));
    return id;
}

FORCEINLINE ULONG64 HalpReadCr8(VOID)
{
    ULONG64 value;
    __asm__ volatile("movq %%cr8, %0" : "=r"(value) : : "memory");
    return value;
}

FORCEINLINE VOID HalpWriteCr8(ULONG64 Value)
{
    __asm__ volatile("movq %0, %%cr8" : : "r"(Value) : "memory");
}

FORCEINLINE ULONG64 HalpReadCr2(VOID)
{
    ULONG64 value;
    __asm__ volatile("movq %%cr2, %0" : "=r"(value) : : "memory");
    return value;
}

FORCEINLINE VOID HalpWriteCr2(ULONG64 Value)
{
    __asm__ volatile("movq %0, %%cr2" : : "r"(Value) : "memory");
}

FORCEINLINE ULONG64 HalpReadCr3(VOID)
{
    ULONG64 value;
    __asm__ volatile("movq %%cr3, %0" : "=r"(value) : : "memory");
    return value;
}

FORCEINLINE VOID HalpWriteCr3(ULONG64 Value)
{
    __asm__ volatile("movq %0, %%cr3" : : "r"(Value) : "memory");
}

FORCEINLINE VOID HalpWriteCr0(ULONG64 Value)
{
    __asm__ volatile("movq %0, %%cr0" : : "r"(Value) : "memory");
}

FORCEINLINE VOID HalpWriteCr4(ULONG64 Value)
{
    __asm__ volatile("movq %0, %%cr4" : : "r"(Value) : "memory");
}

FORCEINLINE VOID HalpInvalidatePage(ULONG64 Address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(Address) : "memory");
}

/* HalpPause: tell the machine that this processor waits for another one. */
FORCEINLINE VOID HalpPause(VOID)
{
    __asm__ volatile("pause" : : : "memory");
}

#define HALP_FLAG_INTERRUPT 0x200

FORCEINLINE ULONG64 HalpReadFlags(VOID)
{
    ULONG64 flags;

    __asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
    return flags;
}

/* => the flags before, for HalpRestoreInterrupts. */
FORCEINLINE ULONG64 HalpDisableInterrupts(VOID)
{
    ULONG64 flags = HalpReadFlags();

    __asm__ volatile("cli" : : : "memory");
    return flags;
}

/* HalpRestoreInterrupts: enable interrupts if they were, in Flags. */
FORCEINLINE VOID HalpRestoreInterrupts(ULONG64 Flags)
{
    if (Flags & HALP_FLAG_INTERRUPT) {
        __asm__ volatile("sti" : : : "memory");
    }
}
