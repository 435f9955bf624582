/* SPDX-License-Identifier: MIT */
/*
 * switch.S: from one thread's stack to another's.
 *
 * A thread that does not run has on its stack, from KTHREAD.KernelStack up,
 * what the calling convention keeps over a call: MXCSR and the x87 control
 * word, xmm6-xmm15, the eight registers, and where KiSwapContext returns to.
 * Everything else was saved by its caller, or by the interrupt's entry if the
 * thread was preempted.
 */
#define SWITCH_XMM   0x10
#define SWITCH_BYTES 0xB8

    .text

    .macro SAVE register
    pushq %\register
    .seh_pushreg %\register
    .endm

    .macro SAVE_XMM number
    movaps %xmm\number, SWITCH_XMM+16*(\number-6)(%rsp)
    .seh_savexmm %xmm\number, SWITCH_XMM+16*(\number-6)
    .endm

/* KiSwapContext(rcx: where to store the old stack, rdx: the new one) */
    .globl KiSwapContext
    .balign 64
    .seh_proc KiSwapContext
KiSwapContext:
    SAVE rbp
    SAVE rbx
    SAVE rsi
    SAVE rdi
    SAVE r12
    SAVE r13
    SAVE r14
    SAVE r15
    subq $SWITCH_BYTES, %rsp
    .seh_stackalloc SWITCH_BYTES
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    SAVE_XMM \number
    .endr
    .seh_endprologue
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rcx)
    movq %rdx, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movaps SWITCH_XMM+16*(\number-6)(%rsp), %xmm\number
    .endr
    addq $SWITCH_BYTES, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rdi
    popq %rsi
    popq %rbx
    popq %rbp
    ret
    .seh_endproc

/* Where a new thread's KiSwapContext returns to: home space, and a return address that ends every stack trace. */
    .globl KiThreadEntry
KiThreadEntry:
    subq $0x20, %rsp
    pushq $0
    jmp KiThreadStartup
