/* SPDX-License-Identifier: MIT */
/* halp_asm.h: the constants that C and assembly share; interrupt.c asserts the offsets. */
#pragma once

/*
 * Vectors.  The class (vector >> 4) is the IRQL at which the vector's entry runs, and CR8 holds
 * back every class that is not above it.
 */
#define HALP_VECTOR_NMI       0x02
#define HALP_VECTOR_FAIL_FAST 0x29 /* the three trap instructions that drivers use */
#define HALP_VECTOR_ASSERT    0x2C
#define HALP_VECTOR_DEBUG     0x2D
#define HALP_VECTOR_APC       0x1F
#define HALP_VECTOR_DISPATCH  0x2F
#define HALP_VECTOR_CLOCK     0xD1
#define HALP_VECTOR_CALL      0xE1
#define HALP_VECTOR_WAKE      0xF0 /* does nothing: a timer deadline while a processor starts */
#define HALP_VECTOR_TIMER     0xF1
#define HALP_VECTOR_SPURIOUS  0xFF

/* Segment selectors, those of x64 Windows. */
#define HALP_SELECTOR_CODE 0x10
#define HALP_SELECTOR_DATA 0x18
#define HALP_SELECTOR_TSS  0x40

/* Control registers as every processor runs with them. */
#define HALP_CR0         0x80050033 /* PG AM WP NE ET MP PE */
#define HALP_CR4         0x6E8      /* OSXMMEXCPT OSFXSR PGE MCE PAE DE; no OSXSAVE: AVX is #UD */
#define HALP_STARTUP_CR4 0x620      /* OSXMMEXCPT OSFXSR PAE */
#define HALP_MSR_EFER    0xC0000080
#define HALP_EFER        0x900 /* NXE LME */

/* Registers of the local APIC: the offset in its page, and the MSR (0x800 + offset / 16). */
#define HALP_APIC_EOI   0x0B0
#define HALP_X2APIC_EOI 0x80B

/* KPCR.Prcb.MxCsr: the MXCSR of kernel code. */
#define HALP_PCR_MXCSR 0x180

/* Offsets in HAL_TRAP_FRAME. */
#define HALP_FRAME_XMM           0x000
#define HALP_FRAME_RAX           0x100
#define HALP_FRAME_RCX           0x108
#define HALP_FRAME_RDX           0x110
#define HALP_FRAME_R8            0x118
#define HALP_FRAME_R9            0x120
#define HALP_FRAME_R10           0x128
#define HALP_FRAME_R11           0x130
#define HALP_FRAME_RBX           0x138
#define HALP_FRAME_RBP           0x140
#define HALP_FRAME_RSI           0x148
#define HALP_FRAME_RDI           0x150
#define HALP_FRAME_R12           0x158
#define HALP_FRAME_R13           0x160
#define HALP_FRAME_R14           0x168
#define HALP_FRAME_R15           0x170
#define HALP_FRAME_MXCSR         0x180
#define HALP_FRAME_PREVIOUS_IRQL 0x184
#define HALP_FRAME_NONVOLATILE   0x185
#define HALP_FRAME_VECTOR        0x186
#define HALP_FRAME_ERROR_CODE    0x190

/* Offsets in HALP_TRAMPOLINE_DATA and HALP_STARTUP (startup.c). */
#define HALP_DATA_GDTR       0x20
#define HALP_DATA_FAR        0x26
#define HALP_DATA_ROOT       0x2C
#define HALP_DATA_ENTRY      0x30
#define HALP_DATA_BYTES      0x38
#define HALP_STARTUP_STACK   0x00
#define HALP_STARTUP_ENTRY   0x08
#define HALP_STARTUP_CONTEXT 0x10
#define HALP_STARTUP_STATE   0x18

/* HALP_STARTUP.State. */
#define HALP_STARTUP_CLOSED  0
#define HALP_STARTUP_WAITING 1
#define HALP_STARTUP_RUNNING 2

/* The devices' lines (line.c): the first vector and their number, the classes, the bytes of a stub. */
#define HALP_VECTOR_DEVICE      0x30
#define HALP_DEVICE_VECTORS     160
#define HALP_DEVICE_CLASS_FIRST 3
#define HALP_DEVICE_CLASS_LAST  12
#define HALP_DEVICE_STUB        16

/* Bytes of an exception's stub; vector n (0-31) is the n-th, then the three trap instructions'. */
#define HALP_EXCEPTION_STUB 32
