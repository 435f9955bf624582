/* SPDX-License-Identifier: MIT */
/*
 * capture.S: RtlCaptureContext: the registers of the caller, as they are after
 * the call returns.
 *
 * => Any IRQL.
 * => Reference: "RtlCaptureContext function (winnt.h)".
 */

/* CONTEXT */
#define CONTEXT_FLAGS 0x30
#define CONTEXT_MXCSR 0x34
#define CONTEXT_CS    0x38
#define CONTEXT_DS    0x3A
#define CONTEXT_ES    0x3C
#define CONTEXT_FS    0x3E
#define CONTEXT_GS    0x40
#define CONTEXT_SS    0x42
#define CONTEXT_EFLAGS 0x44
#define CONTEXT_RAX   0x78
#define CONTEXT_RIP   0xF8
#define CONTEXT_FX    0x100

/* CONTEXT_AMD64 | control, integer, segments, floating point */
#define CAPTURED      0x10000F

    .text
    .globl RtlCaptureContext
    .seh_proc RtlCaptureContext
RtlCaptureContext:
    pushfq
    .seh_stackalloc 8
    .seh_endprologue
    movq %rax, CONTEXT_RAX+0x00(%rcx)
    movq %rcx, CONTEXT_RAX+0x08(%rcx)
    movq %rdx, CONTEXT_RAX+0x10(%rcx)
    movq %rbx, CONTEXT_RAX+0x18(%rcx)
    movq %rbp, CONTEXT_RAX+0x28(%rcx)
    movq %rsi, CONTEXT_RAX+0x30(%rcx)
    movq %rdi, CONTEXT_RAX+0x38(%rcx)
    movq %r8, CONTEXT_RAX+0x40(%rcx)
    movq %r9, CONTEXT_RAX+0x48(%rcx)
    movq %r10, CONTEXT_RAX+0x50(%rcx)
    movq %r11, CONTEXT_RAX+0x58(%rcx)
    movq %r12, CONTEXT_RAX+0x60(%rcx)
    movq %r13, CONTEXT_RAX+0x68(%rcx)
    movq %r14, CONTEXT_RAX+0x70(%rcx)
    movq %r15, CONTEXT_RAX+0x78(%rcx)
    fxsave CONTEXT_FX(%rcx)
    stmxcsr CONTEXT_MXCSR(%rcx)
    movw %cs, CONTEXT_CS(%rcx)
    movw %ds, CONTEXT_DS(%rcx)
    movw %es, CONTEXT_ES(%rcx)
    movw %fs, CONTEXT_FS(%rcx)
    movw %gs, CONTEXT_GS(%rcx)
    movw %ss, CONTEXT_SS(%rcx)
    movl (%rsp), %eax
    movl %eax, CONTEXT_EFLAGS(%rcx)
    movq 8(%rsp), %rax
    movq %rax, CONTEXT_RIP(%rcx)
    leaq 16(%rsp), %rax
    movq %rax, CONTEXT_RAX+0x20(%rcx)
    movl $CAPTURED, CONTEXT_FLAGS(%rcx)
    addq $8, %rsp
    ret
    .seh_endproc
