/* SPDX-License-Identifier: MIT */
/*
 * startup.S: a processor's first instructions.
 *
 * HalpTrampoline is copied to a page below 1 MiB and started there in real
 * mode.  It goes straight to long mode: paging and protection are switched on
 * by one write to CR0, with EFER.LME set before and a private start-up PML4
 * (below 4 GiB, the first 2 MiB identical, the upper half the kernel's).
 * It uses no stack and loads no segment but DS, from CS; its GDT lies in its
 * own page, and startup.c fills HalpTrampolineData.
 *
 * HalpStartupEntry continues at the HAL's own address, so that it can leave
 * the start-up tables for the kernel's.
 */
#include "halp_asm.h"

/* The trampoline's data, as real mode addresses it. */
#define DATA(Offset) HalpTrampolineData-HalpTrampoline+Offset

    .section .rdata, "dr"
    .balign 16
    .globl HalpTrampoline, HalpTrampolineData, HalpTrampolineEnd
HalpTrampoline:
    .code16
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl DATA(HALP_DATA_GDTR)
    movl $HALP_STARTUP_CR4, %eax
    movl %eax, %cr4
    movl DATA(HALP_DATA_ROOT), %eax
    movl %eax, %cr3
    movl $HALP_MSR_EFER, %ecx
    movl $HALP_EFER, %eax
    xorl %edx, %edx
    wrmsr
    movl $HALP_CR0, %eax
    movl %eax, %cr0
    ljmpl *DATA(HALP_DATA_FAR)

    .code64
    .globl HalpTrampoline64
HalpTrampoline64:
    movq HalpTrampolineData+HALP_DATA_ENTRY(%rip), %rax
    jmp *%rax

    .balign 8
HalpTrampolineData:
    .fill HALP_DATA_BYTES, 1, 0
HalpTrampolineEnd:

/* For the segment registers until HalInitializeProcessor; accessed already, so never written. */
    .balign 8
HalpStartupGdt:
    .quad 0, 0, 0x00209B0000000000, 0x00CF93000000FFFF
HalpStartupGdtr:
    .word 31
    .quad HalpStartupGdt

    .text
    .globl HalpStartupEntry
HalpStartupEntry:
    movq HalpKernelRoot(%rip), %rax
    movq %rax, %cr3
    lgdt HalpStartupGdtr(%rip)
    movl $HALP_SELECTOR_DATA, %eax
    movl %eax, %ss
    movl %eax, %ds
    movl %eax, %es
    /* The parameters are valid until State leaves WAITING, so they are read before. */
    movq HalpStartup+HALP_STARTUP_STACK(%rip), %rsp
    movq HalpStartup+HALP_STARTUP_ENTRY(%rip), %rbx
    movq HalpStartup+HALP_STARTUP_CONTEXT(%rip), %rsi
    /* Partner: HalpCloseStartup, which may have given this processor up. */
    movl $HALP_STARTUP_WAITING, %eax
    movl $HALP_STARTUP_RUNNING, %ecx
    lock cmpxchgl %ecx, HalpStartup+HALP_STARTUP_STATE(%rip)
    jne 1f
    movq %rsi, %rcx
    xorl %ebp, %ebp
    subq $0x20, %rsp
    call *%rbx
1:  cli
    hlt
    jmp 1b
