/* SPDX-License-Identifier: MIT */
/*
 * coroutine_switch.S: change stacks.
 *
 * Saved are the registers that the System V ABI gives to the callee.  The
 * floating-point control words belong to them, too, but nobody in this
 * program changes them.
 */
    .text
    .globl coroutine_swap
    .type coroutine_swap, @function

/* void coroutine_swap(void **save, void *load) */
coroutine_swap:
    .cfi_startproc
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .cfi_endproc
    .size coroutine_swap, . - coroutine_swap

    .globl coroutine_begin
    .type coroutine_begin, @function

/* Where a new coroutine starts: rbx is the coroutine, rsp a multiple of 16. */
coroutine_begin:
    .cfi_startproc
    .cfi_undefined rip
    xor %ebp, %ebp
    mov %rbx, %rdi
    call coroutine_enter
    ud2
    .cfi_endproc
    .size coroutine_begin, . - coroutine_begin

    .section .note.GNU-stack, "", @progbits
