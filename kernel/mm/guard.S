/* SPDX-License-Identifier: MIT */
/*
 * guard.S: where an image built with control flow guard calls before an
 * indirect call.  Every target is valid here: images are not checked, they
 * only have to run.
 *
 * Reference: "Control Flow Guard"; on x64 the check function takes the target
 * in rcx, the dispatch function in rax.  Both keep every other register.
 */
        .text

        .globl  KiGuardCheck
        .def    KiGuardCheck; .scl 2; .type 32; .endef
        .p2align 4
KiGuardCheck:
        ret

        .globl  KiGuardDispatch
        .def    KiGuardDispatch; .scl 2; .type 32; .endef
        .p2align 4
KiGuardDispatch:
        jmp     *%rax
