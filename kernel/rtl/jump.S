/* SPDX-License-Identifier: MIT */
/*
 * jump.S: _setjmp: keep what longjmp needs: the nonvolatile registers of the
 * caller as they are after the call returns, and the frame that it names, in
 * the buffer that jump.c describes.
 *
 * => rcx: the buffer; rdx: the caller's frame, 0 = longjmp is to run no termination handlers.
 * => Returns 0.
 * => Reference: "setjmp".
 */
    .text
    .globl _setjmp
    .def _setjmp; .scl 2; .type 32; .endef
    .globl _setjmpex
    .def _setjmpex; .scl 2; .type 32; .endef
    .p2align 4
    .seh_proc _setjmp
_setjmp:
_setjmpex:
    .seh_endprologue
    movq %rdx, 0x00(%rcx)
    movq %rbx, 0x08(%rcx)
    leaq 8(%rsp), %rax
    movq %rax, 0x10(%rcx)
    movq %rbp, 0x18(%rcx)
    movq %rsi, 0x20(%rcx)
    movq %rdi, 0x28(%rcx)
    movq %r12, 0x30(%rcx)
    movq %r13, 0x38(%rcx)
    movq %r14, 0x40(%rcx)
    movq %r15, 0x48(%rcx)
    movq (%rsp), %rax
    movq %rax, 0x50(%rcx)
    stmxcsr 0x58(%rcx)
    fnstcw 0x5C(%rcx)
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movdqu %xmm\number, 0x10*\number(%rcx)
    .endr
    xorl %eax, %eax
    ret
    .seh_endproc
