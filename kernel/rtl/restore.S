/* SPDX-License-Identifier: MIT */
/*
 * restore.S: RtlpRestoreContext: go on with the registers of a context.
 *
 * => rcx: the context; all of it but segments and debug registers.
 * => Its flags, the interrupt flag included, come with its stack pointer already loaded: so five
 *    words below that are written.  None of them is read from the context afterwards.
 */

/* CONTEXT */
#define CONTEXT_FLAGS 0x30
#define CONTEXT_MXCSR 0x34
#define CONTEXT_EFLAGS 0x44
#define CONTEXT_RAX   0x78
#define CONTEXT_RIP   0xF8
#define CONTEXT_FX    0x100

#define FLOATING_POINT 0x8 /* in its flags */

    .text
    .globl RtlpRestoreContext
    .def RtlpRestoreContext; .scl 2; .type 32; .endef
    .p2align 4
    .seh_proc RtlpRestoreContext
RtlpRestoreContext:
    .seh_endprologue
    testb $FLOATING_POINT, CONTEXT_FLAGS(%rcx)
    jz 1f
    fxrstor CONTEXT_FX(%rcx)
    ldmxcsr CONTEXT_MXCSR(%rcx)
1:
    movq CONTEXT_RAX+0x18(%rcx), %rbx
    movq CONTEXT_RAX+0x28(%rcx), %rbp
    movq CONTEXT_RAX+0x30(%rcx), %rsi
    movq CONTEXT_RAX+0x38(%rcx), %rdi
    movq CONTEXT_RAX+0x40(%rcx), %r8
    movq CONTEXT_RAX+0x48(%rcx), %r9
    movq CONTEXT_RAX+0x50(%rcx), %r10
    movq CONTEXT_RAX+0x58(%rcx), %r11
    movq CONTEXT_RAX+0x60(%rcx), %r12
    movq CONTEXT_RAX+0x68(%rcx), %r13
    movq CONTEXT_RAX+0x70(%rcx), %r14
    movq CONTEXT_RAX+0x78(%rcx), %r15
    movq CONTEXT_RAX+0x20(%rcx), %rdx
    movq CONTEXT_RIP(%rcx), %rax
    movq %rax, -0x08(%rdx)
    movl CONTEXT_EFLAGS(%rcx), %eax
    movq %rax, -0x10(%rdx)
    movq CONTEXT_RAX+0x08(%rcx), %rax
    movq %rax, -0x18(%rdx)
    movq CONTEXT_RAX+0x10(%rcx), %rax
    movq %rax, -0x20(%rdx)
    movq CONTEXT_RAX+0x00(%rcx), %rax
    leaq -0x20(%rdx), %rsp
    popq %rdx
    popq %rcx
    popfq
    ret
    .seh_endproc
