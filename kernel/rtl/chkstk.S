/* SPDX-License-Identifier: MIT */
/*
 * chkstk.S: __chkstk: what MSVC's code calls before it takes more than a page
 * of stack: touch each page down to there, so that the guard page is met and
 * not jumped over.
 *
 * => rax: the bytes that the caller is about to subtract from rsp.
 * => Every register is kept.
 * => Reference: "_chkstk routine", "x64 prolog and epilog".
 */
#define PAGE 0x1000

    .text
    .globl __chkstk
    .def __chkstk; .scl 2; .type 32; .endef
    .p2align 4
    .seh_proc __chkstk
__chkstk:
    pushq %r10
    .seh_pushreg %r10
    pushq %r11
    .seh_pushreg %r11
    .seh_endprologue
    leaq 0x18(%rsp), %r10   /* the caller's rsp */
    movq %r10, %r11
    subq %rax, %r11         /* .. and what it will be */
1:
    subq $PAGE, %r10
    cmpq %r11, %r10
    jb 2f
    testb %al, (%r10)
    jmp 1b
2:
    testb %al, (%r11)
    popq %r11
    popq %r10
    ret
    .seh_endproc
