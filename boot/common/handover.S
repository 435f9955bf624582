/* SPDX-License-Identifier: MIT */
/*
 * handover.S: position-independent; handover.h says how it is called.
 */
#define IA32_EFER           0xC0000080
#define EFER_NXE            0x800
#define CR0_PG_WP_NE_ET_MP_PE 0x80010033
#define CR4_OSXMMEXCPT_OSFXSR_PAE 0x620
#define MXCSR_DEFAULT       0x1F80
#define HOME_SPACE          32

    .section .rodata.handover, "a", @progbits
    .globl handover_begin, handover_end

/* rdi: page tables, rsi: stack, rdx: entry, rcx: loader block */
handover_begin:
    mov %rdx, %r8
    mov %rcx, %r9

    mov $IA32_EFER, %ecx
    rdmsr
    or $EFER_NXE, %eax
    wrmsr
    mov $CR4_OSXMMEXCPT_OSFXSR_PAE, %eax
    mov %rax, %cr4
    mov $CR0_PG_WP_NE_ET_MP_PE, %eax
    mov %rax, %cr0
    mov %rdi, %cr3

    mov %rsi, %rsp
    cld
    fninit
    pushq $MXCSR_DEFAULT
    ldmxcsr (%rsp)
    add $8, %rsp

    /* MS x64: argument in rcx, home space, and a return address that ends every stack trace. */
    mov %r9, %rcx
    sub $HOME_SPACE, %rsp
    xor %ebp, %ebp
    push $0
    jmp *%r8
handover_end:

    .section .note.GNU-stack, "", @progbits
