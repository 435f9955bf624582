/* SPDX-License-Identifier: MIT */
/*
 * context.c: the registers of a trap frame as a CONTEXT, and back.
 */
#include "ki.h"

#define KI_FULL_CONTEXT (CONTEXT_FULL | CONTEXT_SEGMENTS)

C_ASSERT(FIELD_OFFSET(CONTEXT, MxCsr) == 0x34 && FIELD_OFFSET(CONTEXT, EFlags) == 0x44);
C_ASSERT(FIELD_OFFSET(CONTEXT, Rax) == 0x78 && FIELD_OFFSET(CONTEXT, Rip) == 0xF8);
C_ASSERT(FIELD_OFFSET(CONTEXT, Rsp) == 0x98 && FIELD_OFFSET(CONTEXT, Xmm0) == 0x1A0);
C_ASSERT(FIELD_OFFSET(CONTEXT, FltSave) == 0x100);

VOID KiFrameToContext(const HAL_TRAP_FRAME *Frame, PCONTEXT Context)
{
    Context->ContextFlags = KI_FULL_CONTEXT;
    Context->Rax = Frame->Rax;
    Context->Rcx = Frame->Rcx;
    Context->Rdx = Frame->Rdx;
    Context->Rbx = Frame->Rbx;
    Context->Rsp = Frame->Rsp;
    Context->Rbp = Frame->Rbp;
    Context->Rsi = Frame->Rsi;
    Context->Rdi = Frame->Rdi;
    Context->R8 = Frame->R8;
    Context->R9 = Frame->R9;
    Context->R10 = Frame->R10;
    Context->R11 = Frame->R11;
    Context->R12 = Frame->R12;
    Context->R13 = Frame->R13;
    Context->R14 = Frame->R14;
    Context->R15 = Frame->R15;
    Context->Rip = Frame->Rip;
    Context->EFlags = (ULONG)Frame->EFlags;
    Context->SegCs = (USHORT)Frame->SegCs;
    Context->SegSs = (USHORT)Frame->SegSs;
    Context->MxCsr = Frame->MxCsr;
    Context->FltSave.MxCsr = Frame->MxCsr;
    RtlCopyMemory(&Context->Xmm0, Frame->Xmm, sizeof(Frame->Xmm));
}

VOID KiContextToFrame(const CONTEXT *Context, PHAL_TRAP_FRAME Frame)
{
    Frame->Rax = Context->Rax;
    Frame->Rcx = Context->Rcx;
    Frame->Rdx = Context->Rdx;
    Frame->Rbx = Context->Rbx;
    Frame->Rsp = Context->Rsp;
    Frame->Rbp = Context->Rbp;
    Frame->Rsi = Context->Rsi;
    Frame->Rdi = Context->Rdi;
    Frame->R8 = Context->R8;
    Frame->R9 = Context->R9;
    Frame->R10 = Context->R10;
    Frame->R11 = Context->R11;
    Frame->R12 = Context->R12;
    Frame->R13 = Context->R13;
    Frame->R14 = Context->R14;
    Frame->R15 = Context->R15;
    Frame->Rip = Context->Rip;
    Frame->EFlags = Context->EFlags;
    Frame->MxCsr = Context->MxCsr;
    Frame->Nonvolatile = TRUE;
    RtlCopyMemory(Frame->Xmm, &Context->Xmm0, sizeof(Frame->Xmm));
}
