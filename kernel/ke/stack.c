/* SPDX-License-Identifier: MIT */
/*
 * stack.c: registers and return addresses for a report.
 *
 * Nothing in here faults, whatever the stack looks like: memory is read only
 * where the page tables say that there is some.
 */
#include "ki_bugcheck.h"
#include "unwind.h"

#define KI_CAPTURE_STEPS 24 /* frames between a bug check and the code that it is about */

/* KiNonvolatileToFrame: what an unwind keeps right. */
static VOID KiNonvolatileToFrame(const CONTEXT *Context, PHAL_TRAP_FRAME Frame)
{
    Frame->Rbx = Context->Rbx;
    Frame->Rbp = Context->Rbp;
    Frame->Rsi = Context->Rsi;
    Frame->Rdi = Context->Rdi;
    Frame->R12 = Context->R12;
    Frame->R13 = Context->R13;
    Frame->R14 = Context->R14;
    Frame->R15 = Context->R15;
    for (ULONG Index = 6; Index < 16; Index++) {
        Frame->Xmm[Index] = (&Context->Xmm0)[Index];
    }
}

VOID KiCaptureCaller(PHAL_TRAP_FRAME Frame, ULONG64 Address)
{
    CONTEXT Context;
    RTLP_UNWIND Unwind = {.Context = &Context, .Read = RtlpReadSafely};
    KIRQL Irql = Frame->PreviousIrql;
    ULONG64 Flags = Frame->EFlags;

    RtlZeroMemory(Frame, sizeof(*Frame));
    Frame->PreviousIrql = Irql;
    Frame->EFlags = Flags;
    Frame->Nonvolatile = TRUE;
    RtlCaptureContext(&Context);
    for (ULONG Step = 0; Step < KI_CAPTURE_STEPS && RtlpUnwindFrame(&Unwind, FALSE); Step++) {
        if (Step <= 1 || Context.Rip == Address) {
            KiNonvolatileToFrame(&Context, Frame);
            Frame->Rip = Context.Rip;
            Frame->Rsp = Context.Rsp;
        }
        if (Context.Rip == Address) {
            break;
        }
    }
}

VOID KiCompleteFrame(PHAL_TRAP_FRAME Frame)
{
    CONTEXT Context;
    RTLP_UNWIND Unwind = {.Context = &Context, .Read = RtlpReadSafely};

    RtlCaptureContext(&Context);
    for (ULONG Step = 0; Step < KI_CAPTURE_STEPS && RtlpUnwindFrame(&Unwind, FALSE); Step++) {
        if (Context.Rip == Frame->Rip && Context.Rsp == Frame->Rsp) {
            KiNonvolatileToFrame(&Context, Frame);
            Frame->Nonvolatile = TRUE;
            return;
        }
    }
    RtlZeroMemory(&Context, sizeof(Context)); /* not known */
    KiNonvolatileToFrame(&Context, Frame);
}

ULONG KiWalkStack(const HAL_TRAP_FRAME *Frame, ULONG64 *Stack, ULONG Limit)
{
    CONTEXT Context;
    RTLP_UNWIND Unwind = {.Context = &Context, .Read = RtlpReadSafely};
    ULONG Count = 0;

    RtlZeroMemory(&Context, sizeof(Context));
    KiFrameToContext(Frame, &Context);
    Stack[Count++] = Context.Rip;
    /* Only what was interrupted may be a leaf: who has called has unwind information. */
    while (Count < Limit && RtlpUnwindFrame(&Unwind, Count == 1 || Unwind.MachineFrame)) {
        Stack[Count++] = Context.Rip;
    }
    return Count;
}
