/* SPDX-License-Identifier: MIT */
/* slist_read.S: a read that may fault, at a known address; see slist.c. */
        .text

        .globl  ExpReadSListNext
        .globl  ExpReadSListNextFault
        .globl  ExpReadSListNextResume
        .def    ExpReadSListNext; .scl 2; .type 32; .endef
        .p2align 4
ExpReadSListNext:
ExpReadSListNextFault:
        movq    (%rcx), %rax
        ret
ExpReadSListNextResume:
        movl    $1, %eax
        ret
