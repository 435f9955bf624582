/* SPDX-License-Identifier: MIT */
/*
 * gcc_frames.S: functions with scope tables written by hand, and functions
 * that save registers in every way that there is, change them all and fault.
 */
    .macro FUNCTION name
    .globl \name
    .def \name; .scl 2; .type 32; .endef
    .p2align 4
    .seh_proc \name
\name:
    .endm

    .macro PUSH register
    pushq %\register
    .seh_pushreg %\register
    .endm

    .macro SCOPES count
    .seh_handler __C_specific_handler, @except, @unwind
    .seh_handlerdata
    .long \count
    .endm

    .text
/*
 * Guard(rcx routine, rdx argument, r8 filter, r9 its context): call the routine inside __try.
 * => The exception's code, 0 = none.
 */
    FUNCTION Guard
    PUSH rbp
    movq %rsp, %rbp
    .seh_setframe %rbp, 0
    subq $0x30, %rsp
    .seh_stackalloc 0x30
    .seh_endprologue
    SCOPES 1
    .rva .Lguard_begin, .Lguard_end, GuardFilter, .Lguard_except
    .text
    movq %r8, -0x08(%rbp)
    movq %r9, -0x10(%rbp)
    movq %rcx, %rax
    movq %rdx, %rcx
.Lguard_begin:
    call *%rax
    nop
.Lguard_end:
    xorl %eax, %eax
.Lguard_except:
    leaq 0(%rbp), %rsp
    popq %rbp
    ret
    .seh_endproc

/* Finally(rcx routine, rdx argument, r8 trace): call the routine inside __try with a __finally. */
    FUNCTION Finally
    subq $0x38, %rsp
    .seh_stackalloc 0x38
    .seh_endprologue
    SCOPES 1
    .rva .Lfinally_begin, .Lfinally_end, FinallyHandler
    .long 0
    .text
    movq %r8, 0x20(%rsp)
    movq %rcx, %rax
    movq %rdx, %rcx
.Lfinally_begin:
    call *%rax
    nop
.Lfinally_end:
    xorl %ecx, %ecx
    movq %rsp, %rdx
    call FinallyHandler
    addq $0x38, %rsp
    ret
    .seh_endproc

/* LeaveByJump(rcx trace): jump out of the inner of two scopes with termination handlers. */
    FUNCTION LeaveByJump
    PUSH rbp
    subq $0x40, %rsp
    .seh_stackalloc 0x40
    leaq 0x20(%rsp), %rbp
    .seh_setframe %rbp, 0x20
    .seh_endprologue
    SCOPES 2
    .rva .Linner_begin, .Linner_end, InnerHandler
    .long 0
    .rva .Linner_begin, .Louter_end, OuterHandler
    .long 0
    .text
    movq %rcx, 0x10(%rbp)
.Linner_begin:
    leaq -0x20(%rbp), %rcx
    leaq .Linner_target(%rip), %rdx
    call _local_unwind
    ud2
.Linner_end:
.Linner_target:
    nop
.Louter_end:
    xorl %ecx, %ecx
    leaq -0x20(%rbp), %rdx
    call OuterHandler
    leaq 0x20(%rbp), %rsp
    popq %rbp
    ret
    .seh_endproc

/* Registers: every nonvolatile one has a value of its own. */

    .macro PATTERN_XMM number
    movl $0x5EED0000+\number, %eax
    movd %eax, %xmm\number
    pshufd $0, %xmm\number, %xmm\number
    .endm

    .macro COMPARE_XMM number
    movl $0x5EED0000+\number, %eax
    movd %eax, %xmm0
    pshufd $0, %xmm0, %xmm0
    pcmpeqb %xmm\number, %xmm0
    pmovmskb %xmm0, %eax
    cmpl $0xFFFF, %eax
    jne .Lkeep_wrong
    .endm

    .macro PATTERN register, value
    movl $0x5EED1000+\value, %eax
    movq %rax, %\register
    .endm

    .macro COMPARE register, value
    movl $0x5EED1000+\value, %eax
    cmpq %rax, %\register
    jne .Lkeep_wrong
    .endm

    .macro SAVE_XMM number, offset
    movaps %xmm\number, \offset(%rsp)
    .seh_savexmm %xmm\number, \offset
    .endm

    .macro LOAD_XMM number, offset
    movaps \offset(%rsp), %xmm\number
    .endm

    .macro EACH_XMM macro, base
    \macro 6, \base+0x00
    \macro 7, \base+0x10
    \macro 8, \base+0x20
    \macro 9, \base+0x30
    \macro 10, \base+0x40
    \macro 11, \base+0x50
    \macro 12, \base+0x60
    \macro 13, \base+0x70
    \macro 14, \base+0x80
    \macro 15, \base+0x90
    .endm

    .macro EACH_GENERAL macro
    \macro rbx, 1
    \macro rbp, 2
    \macro rsi, 3
    \macro rdi, 4
    \macro r12, 5
    \macro r13, 6
    \macro r14, 7
    \macro r15, 8
    .endm

/* A whole prologue: every nonvolatile register is pushed, or saved if it is an XMM register. */
    .macro PUSH_ALL
    .irp register, rbx, rbp, rsi, rdi, r12, r13, r14, r15
    PUSH \register
    .endr
    subq $0xC8, %rsp
    .seh_stackalloc 0xC8
    EACH_XMM SAVE_XMM, 0x20
    .seh_endprologue
    .endm

/*
 * Keep(rcx routine): Guard(routine), with all registers set.
 * => They are the same afterwards, and it has raised.
 */
    FUNCTION Keep
    PUSH_ALL
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    PATTERN_XMM \number
    .endr
    EACH_GENERAL PATTERN
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    movq %rsp, 0xC0(%rsp)
    call Guard
    testl %eax, %eax
    jz .Lkeep_wrong
    cmpq %rsp, 0xC0(%rsp)
    jne .Lkeep_wrong
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    COMPARE_XMM \number
    .endr
    EACH_GENERAL COMPARE
    movl $1, %eax
    jmp .Lkeep_done
.Lkeep_wrong:
    xorl %eax, %eax
.Lkeep_done:
    EACH_XMM LOAD_XMM, 0x20
    addq $0xC8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    ret
    .seh_endproc

/* Change every nonvolatile register but rbp and rsp. */
    .macro TRASH
    .irp register, rbx, rsi, rdi, r12, r13, r14, r15
    orq $-1, %\register
    .endr
    .irp number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    pcmpeqd %xmm\number, %xmm\number
    .endr
    .endm

/* Pushed, and XMM saved. */
    FUNCTION TrashPushed
    PUSH_ALL
    TRASH
    orq $-1, %rbp
    ud2
    .seh_endproc

/* Saved by mov. */
    .macro SAVE register, offset
    movq %\register, \offset(%rsp)
    .seh_savereg %\register, \offset
    .endm

    .macro SAVE_MOST
    SAVE rsi, 0xD0
    SAVE rdi, 0xD8
    SAVE r12, 0xE0
    SAVE r13, 0xE8
    SAVE r14, 0xF0
    SAVE r15, 0xF8
    EACH_XMM SAVE_XMM, 0x20
    .endm

    FUNCTION TrashSaved
    subq $0x108, %rsp
    .seh_stackalloc 0x108
    SAVE rbx, 0xC0
    SAVE rbp, 0xC8
    SAVE_MOST
    .seh_endprologue
    TRASH
    orq $-1, %rbp
    ud2
    .seh_endproc

/* A frame pointer in the middle of the fixed part, and more stack taken behind it. */
    FUNCTION TrashDynamic
    PUSH rbp
    PUSH rbx
    subq $0x108, %rsp
    .seh_stackalloc 0x108
    SAVE_MOST
    leaq 0x80(%rsp), %rbp
    .seh_setframe %rbp, 0x80
    .seh_endprologue
    subq $0x1D3, %rsp
    andq $-32, %rsp
    TRASH
    ud2
    .seh_endproc

/* In the middle of a prolog: two registers pushed, the stack not taken yet. */
    FUNCTION TrashProlog
    PUSH rbx
    orq $-1, %rbx
    PUSH rsi
    orq $-1, %rsi
    ud2
    subq $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    ud2
    .seh_endproc

/* A leaf has no unwind information at all. */
    .globl TrashLeaf
    .def TrashLeaf; .scl 2; .type 32; .endef
    .p2align 4
TrashLeaf:
    xorl %eax, %eax
    xorl %ecx, %ecx
    ud2

/* TouchStack(): __chkstk keeps every register and moves nothing.  => It did. */
    FUNCTION TouchStack
    subq $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    movq %rsp, %r8
    movl $0x1234, %eax
    movl $0x10, %r10d
    movl $0x11, %r11d
    movl $0x12, %ecx
    movl $0x13, %edx
    call __chkstk
    cmpq %rsp, %r8
    jne 1f
    cmpl $0x1234, %eax
    jne 1f
    cmpl $0x10, %r10d
    jne 1f
    cmpl $0x11, %r11d
    jne 1f
    cmpl $0x12, %ecx
    jne 1f
    cmpl $0x13, %edx
    jne 1f
    movl $1, %eax
    addq $0x28, %rsp
    ret
1:
    xorl %eax, %eax
    addq $0x28, %rsp
    ret
    .seh_endproc
