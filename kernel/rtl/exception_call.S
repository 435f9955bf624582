/* SPDX-License-Identifier: MIT */
/*
 * exception_call.S: calling a language's handler, from a frame by which a
 * later search or unwind recognises the one that is under way (exception.c).
 *
 * rcx record, rdx establisher frame, r8 context, r9 dispatcher context, which
 * names the handler and is kept where RtlpExceptionHandler and
 * RtlpUnwindHandler look for it.
 */
#define DISPATCHER_LANGUAGE_HANDLER 0x30
#define SAVED_DISPATCHER            0x20

    .macro CALL_HANDLER name, handler
    .globl \name
    .def \name; .scl 2; .type 32; .endef
    .p2align 4
    .seh_proc \name
\name:
    subq $0x28, %rsp
    .seh_stackalloc 0x28
    .seh_endprologue
    .seh_handler \handler, @except, @unwind
    movq %r9, SAVED_DISPATCHER(%rsp)
    call *DISPATCHER_LANGUAGE_HANDLER(%r9)
    nop
    addq $0x28, %rsp
    ret
    .seh_endproc
    .endm

    .text
    CALL_HANDLER RtlpCallForException, RtlpExceptionHandler
    CALL_HANDLER RtlpCallForUnwind, RtlpUnwindHandler
