/* SPDX-License-Identifier: MIT */
/*
 * interrupt.S: the processor's way into the HAL.
 *
 * An interrupt of class 1, 2, 13 or 14 raises CR8 to its class, acknowledges
 * itself at once (CR8 alone masks from then on), enables interrupts, calls the
 * client and undoes all that.  It keeps what the calling convention does not:
 * rax rcx rdx r8-r11 xmm0-xmm5 and MXCSR, so that the client is an ordinary
 * function.  There is one stub for each of them and for each way to acknowledge,
 * because the one of class 14 is the call's hot path: 45 instructions.
 *
 * A device's line (classes 3 to 12) keeps the same registers and leaves the rest
 * to line.c.
 *
 * The timer, the NMI and the exceptions build a HAL_TRAP_FRAME.
 *
 * The processor aligns the stack to 16 before it pushes, and each stub keeps
 * it so.  The unwind directives let a stack walk pass through to the
 * interrupted code.
 */
#include "halp_asm.h"

#define CLIENT_IPI      0x00
#define CLIENT_DISPATCH 0x08
#define CLIENT_APC      0x10
#define CLIENT_CLOCK    0x18

    .text

/* An interrupt's stack: 32 bytes of home space for the client, then these. */
#define SAVED_MXCSR 0x20
#define SAVED_CR8   0x28
#define SAVED_XMM   0x30
#define SAVED_BYTES 0x90

    .macro SAVE register
    pushq %\register
    .seh_pushreg %\register
    .endm

/* Keep what the calling convention does not, above so many bytes of stack. */
    .macro SAVE_CALLER bytes
    .irp register, rax, rcx, rdx, r8, r9, r10, r11
    SAVE \register
    .endr
    subq $\bytes, %rsp
    .seh_stackalloc \bytes
    .seh_endprologue
    .irp number, 0, 1, 2, 3, 4, 5
    movaps %xmm\number, SAVED_XMM+16*\number(%rsp)
    .endr
    stmxcsr SAVED_MXCSR(%rsp)
    ldmxcsr %gs:HALP_PCR_MXCSR
    cld
    .endm

    .macro RESTORE_CALLER bytes
    ldmxcsr SAVED_MXCSR(%rsp)
    .irp number, 0, 1, 2, 3, 4, 5
    movaps SAVED_XMM+16*\number(%rsp), %xmm\number
    .endr
    addq $\bytes, %rsp
    .irp register, r11, r10, r9, r8, rdx, rcx, rax
    popq %\register
    .endr
    .endm

    .macro INTERRUPT name, class, entry, x2apic
    .globl \name
    .balign 64
    .seh_proc \name
\name:
    .seh_pushframe
    SAVE_CALLER SAVED_BYTES
    movq %cr8, %rax
    movq %rax, SAVED_CR8(%rsp)
    movl $\class, %eax
    movq %rax, %cr8
    .if \x2apic
    movl $HALP_X2APIC_EOI, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    wrmsr
    .else
    movq HalpApic(%rip), %rax
    movl $0, HALP_APIC_EOI(%rax)
    .endif
    movq HalpClient(%rip), %rax
    sti
    call *\entry(%rax)
    cli
    movq SAVED_CR8(%rsp), %rax
    movq %rax, %cr8
    RESTORE_CALLER SAVED_BYTES
    iretq
    .seh_endproc
    .endm

    INTERRUPT HalpCallEntry,           14, CLIENT_IPI,      0
    INTERRUPT HalpCallEntryX2,         14, CLIENT_IPI,      1
    INTERRUPT HalpClockEntry,          13, CLIENT_CLOCK,    0
    INTERRUPT HalpClockEntryX2,        13, CLIENT_CLOCK,    1
    INTERRUPT HalpDispatchEntry,        2, CLIENT_DISPATCH, 0
    INTERRUPT HalpDispatchEntryX2,      2, CLIENT_DISPATCH, 1
    INTERRUPT HalpApcEntry,             1, CLIENT_APC,      0
    INTERRUPT HalpApcEntryX2,           1, CLIENT_APC,      1

/* The timer deadline of a processor that starts another one: nothing but the acknowledgement. */
    .globl HalpWakeEntry
HalpWakeEntry:
    pushq %rax
    movq HalpApic(%rip), %rax
    movl $0, HALP_APIC_EOI(%rax)
    popq %rax
    iretq

    .globl HalpWakeEntryX2
HalpWakeEntryX2:
    pushq %rax
    pushq %rcx
    pushq %rdx
    movl $HALP_X2APIC_EOI, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    wrmsr
    popq %rdx
    popq %rcx
    popq %rax
    iretq

/* A spurious interrupt is not acknowledged: the local APIC has no bit in service. */
    .globl HalpSpuriousEntry
HalpSpuriousEntry:
    iretq

/* A device's line: its vector, which the stub has pushed, lies above the saved registers. */
#define DEVICE_BYTES  SAVED_BYTES+8
#define DEVICE_VECTOR DEVICE_BYTES+7*8

    .globl HalpDeviceCommon
    .seh_proc HalpDeviceCommon
HalpDeviceCommon:
    .seh_pushframe
    .seh_stackalloc 8
    SAVE_CALLER DEVICE_BYTES
    movzbl DEVICE_VECTOR(%rsp), %ecx
    call HalpDeviceInterrupt
    RESTORE_CALLER DEVICE_BYTES
    addq $8, %rsp
    iretq
    .seh_endproc

/* One stub of HALP_DEVICE_STUB bytes a vector, from HALP_VECTOR_DEVICE on. */
    .globl HalpDeviceStubs
    .balign HALP_DEVICE_STUB
HalpDeviceStubs:
    .set vector, HALP_VECTOR_DEVICE
    .rept HALP_DEVICE_VECTORS
    .balign HALP_DEVICE_STUB
    pushq $vector
    jmp HalpDeviceCommon
    .set vector, vector + 1
    .endr

/* The trap frame lies above the callee's home space; the error code is its last word of ours. */
#define FRAME(Offset) 0x20+Offset(%rsp)
#define FRAME_BYTES   0x20+HALP_FRAME_ERROR_CODE

    .macro SAVE_VOLATILE
    movq %rax, FRAME(HALP_FRAME_RAX)
    movq %rcx, FRAME(HALP_FRAME_RCX)
    movq %rdx, FRAME(HALP_FRAME_RDX)
    movq %r8, FRAME(HALP_FRAME_R8)
    movq %r9, FRAME(HALP_FRAME_R9)
    movq %r10, FRAME(HALP_FRAME_R10)
    movq %r11, FRAME(HALP_FRAME_R11)
    movaps %xmm0, FRAME(HALP_FRAME_XMM+0x00)
    movaps %xmm1, FRAME(HALP_FRAME_XMM+0x10)
    movaps %xmm2, FRAME(HALP_FRAME_XMM+0x20)
    movaps %xmm3, FRAME(HALP_FRAME_XMM+0x30)
    movaps %xmm4, FRAME(HALP_FRAME_XMM+0x40)
    movaps %xmm5, FRAME(HALP_FRAME_XMM+0x50)
    stmxcsr FRAME(HALP_FRAME_MXCSR)
    ldmxcsr %gs:HALP_PCR_MXCSR
    movq %cr8, %rax
    movb %al, FRAME(HALP_FRAME_PREVIOUS_IRQL)
    cld
    .endm

    .macro RESTORE_VOLATILE
    ldmxcsr FRAME(HALP_FRAME_MXCSR)
    movaps FRAME(HALP_FRAME_XMM+0x00), %xmm0
    movaps FRAME(HALP_FRAME_XMM+0x10), %xmm1
    movaps FRAME(HALP_FRAME_XMM+0x20), %xmm2
    movaps FRAME(HALP_FRAME_XMM+0x30), %xmm3
    movaps FRAME(HALP_FRAME_XMM+0x40), %xmm4
    movaps FRAME(HALP_FRAME_XMM+0x50), %xmm5
    movq FRAME(HALP_FRAME_RAX), %rax
    movq FRAME(HALP_FRAME_RCX), %rcx
    movq FRAME(HALP_FRAME_RDX), %rdx
    movq FRAME(HALP_FRAME_R8), %r8
    movq FRAME(HALP_FRAME_R9), %r9
    movq FRAME(HALP_FRAME_R10), %r10
    movq FRAME(HALP_FRAME_R11), %r11
    .endm

    .macro SAVE_FIELD register, offset
    movq %\register, 0x20+\offset(%rsp)
    .seh_savereg %\register, 0x20+\offset
    .endm

    .macro SAVE_XMM number
    movaps %xmm\number, 0x20+HALP_FRAME_XMM+16*\number(%rsp)
    .seh_savexmm %xmm\number, 0x20+HALP_FRAME_XMM+16*\number
    .endm

/* Class 15: the local APIC's timer.  Interrupts stay off. */
    .globl HalpTimerEntry
    .seh_proc HalpTimerEntry
HalpTimerEntry:
    .seh_pushframe
    pushq $0
    .seh_stackalloc 8
    subq $FRAME_BYTES, %rsp
    .seh_stackalloc FRAME_BYTES
    .seh_endprologue
    SAVE_VOLATILE
    movb $0, FRAME(HALP_FRAME_NONVOLATILE)
    movb $HALP_VECTOR_TIMER, FRAME(HALP_FRAME_VECTOR)
    leaq FRAME(0), %rcx
    call HalpTimerInterrupt
    RESTORE_VOLATILE
    addq $FRAME_BYTES+8, %rsp
    iretq
    .seh_endproc

/*
 * Exceptions and the NMI: the error code, or 0, and the vector are in the frame already.  Only an
 * exception is said to have an error code, as hal.h wants it.
 */
    .macro COMMON name, client, nmi
    .globl \name
    .seh_proc \name
\name:
    .if \nmi
    .seh_pushframe
    .seh_stackalloc 8
    .else
    .seh_pushframe code
    .endif
    .seh_stackalloc FRAME_BYTES
    SAVE_FIELD rbx, HALP_FRAME_RBX
    SAVE_FIELD rbp, HALP_FRAME_RBP
    SAVE_FIELD rsi, HALP_FRAME_RSI
    SAVE_FIELD rdi, HALP_FRAME_RDI
    SAVE_FIELD r12, HALP_FRAME_R12
    SAVE_FIELD r13, HALP_FRAME_R13
    SAVE_FIELD r14, HALP_FRAME_R14
    SAVE_FIELD r15, HALP_FRAME_R15
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    SAVE_XMM \number
    .endr
    .seh_endprologue
    SAVE_VOLATILE
    movb $1, FRAME(HALP_FRAME_NONVOLATILE)
    leaq FRAME(0), %rcx
    call \client
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movaps 0x20+HALP_FRAME_XMM+16*\number(%rsp), %xmm\number
    .endr
    movq FRAME(HALP_FRAME_RBX), %rbx
    movq FRAME(HALP_FRAME_RBP), %rbp
    movq FRAME(HALP_FRAME_RSI), %rsi
    movq FRAME(HALP_FRAME_RDI), %rdi
    movq FRAME(HALP_FRAME_R12), %r12
    movq FRAME(HALP_FRAME_R13), %r13
    movq FRAME(HALP_FRAME_R14), %r14
    movq FRAME(HALP_FRAME_R15), %r15
    RESTORE_VOLATILE
    addq $FRAME_BYTES+8, %rsp
    iretq
    .seh_endproc
    .endm

    COMMON HalpExceptionCommon, HalpException, 0
    COMMON HalpNmiCommon, HalpNmi, 1

/* One stub of HALP_EXCEPTION_STUB bytes a vector: complete the error code, name the vector. */
    .macro EXCEPTION vector, code
    .balign HALP_EXCEPTION_STUB
    .if \code == 0
    pushq $0
    .endif
    subq $FRAME_BYTES, %rsp
    movb $\vector, FRAME(HALP_FRAME_VECTOR)
    .if \vector == HALP_VECTOR_NMI
    jmp HalpNmiCommon
    .else
    jmp HalpExceptionCommon
    .endif
    .endm

    .globl HalpExceptionStubs
    .balign HALP_EXCEPTION_STUB
HalpExceptionStubs:
    .irp vector, 0, 1, 2, 3, 4, 5, 6, 7
    EXCEPTION \vector, 0
    .endr
    EXCEPTION 8, 1
    EXCEPTION 9, 0
    .irp vector, 10, 11, 12, 13, 14
    EXCEPTION \vector, 1
    .endr
    EXCEPTION 15, 0
    EXCEPTION 16, 0
    EXCEPTION 17, 1
    EXCEPTION 18, 0
    EXCEPTION 19, 0
    EXCEPTION 20, 0
    EXCEPTION 21, 1
    .irp vector, 22, 23, 24, 25, 26, 27, 28
    EXCEPTION \vector, 0
    .endr
    EXCEPTION 29, 1
    EXCEPTION 30, 1
    .irp vector, 31, HALP_VECTOR_FAIL_FAST, HALP_VECTOR_ASSERT, HALP_VECTOR_DEBUG
    EXCEPTION \vector, 0
    .endr
