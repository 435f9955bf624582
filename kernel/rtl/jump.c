/* SPDX-License-Identifier: MIT */
/*
 * jump.c: longjmp, and RtlRestoreContext, which has a hand in it.
 *
 * longjmp is an unwind to the frame that has called setjmp, so the termination
 * handlers of the frames in between run; the registers come from the buffer.
 * What frame that is, is found by the stack pointer in the buffer: compilers
 * disagree about which address of a frame they tell setjmp.
 *
 * References: "longjmp", "RtlRestoreContext function (winnt.h)".
 */
#include "exception.h"
#include <setjmp.h>

#define RTLP_FRAMES_MOST 4096

/* What jump.S fills. */
typedef struct _RTLP_JUMP_BUFFER {
    ULONG64 Frame; /* 0 = no unwind */
    ULONG64 Rbx, Rsp, Rbp, Rsi, Rdi, R12, R13, R14, R15, Rip;
    ULONG MxCsr;
    USHORT FpCsr;
    USHORT Unused;
    M128A Xmm[10]; /* xmm6-xmm15 */
} RTLP_JUMP_BUFFER;
C_ASSERT(FIELD_OFFSET(RTLP_JUMP_BUFFER, Rip) == 0x50);
C_ASSERT(FIELD_OFFSET(RTLP_JUMP_BUFFER, MxCsr) == 0x58);
C_ASSERT(FIELD_OFFSET(RTLP_JUMP_BUFFER, Xmm) == 0x60);
C_ASSERT(sizeof(RTLP_JUMP_BUFFER) == sizeof(jmp_buf));

/* RtlpLoadJump: put the registers of a buffer into a context. */
static VOID RtlpLoadJump(const RTLP_JUMP_BUFFER *Buffer, PCONTEXT Context)
{
    Context->Rbx = Buffer->Rbx;
    Context->Rsp = Buffer->Rsp;
    Context->Rbp = Buffer->Rbp;
    Context->Rsi = Buffer->Rsi;
    Context->Rdi = Buffer->Rdi;
    Context->R12 = Buffer->R12;
    Context->R13 = Buffer->R13;
    Context->R14 = Buffer->R14;
    Context->R15 = Buffer->R15;
    Context->Rip = Buffer->Rip;
    Context->MxCsr = Buffer->MxCsr;
    Context->FltSave.ControlWord = Buffer->FpCsr;
    RtlCopyMemory(&Context->Xmm6, Buffer->Xmm, sizeof(Buffer->Xmm));
}

/*
 * RtlRestoreContext: go on with the registers of a context.
 *
 * => A record of STATUS_LONGJUMP names a jump buffer, whose registers come first.
 * => Floating point only if ContextFlags says so.  Any IRQL.
 */
DECLSPEC_NORETURN VOID NTAPI RtlRestoreContext(PCONTEXT ContextRecord,
                                               PEXCEPTION_RECORD ExceptionRecord)
{
    if (ExceptionRecord != NULL && ExceptionRecord->ExceptionCode == STATUS_LONGJUMP &&
        ExceptionRecord->NumberParameters >= 1) {
        RtlpLoadJump((const RTLP_JUMP_BUFFER *)ExceptionRecord->ExceptionInformation[0],
                     ContextRecord);
    }
    RtlpRestoreContext(ContextRecord);
}

/* RtlpFindEstablisher: the frame, from Context on, whose stack pointer is Rsp.  => 0: none. */
static ULONG64 RtlpFindEstablisher(PCONTEXT Context, ULONG64 Rsp)
{
    RTLP_FRAME Frame = { .Unwind = { .Read = RtlpReadSafely, .Called = TRUE } };

    for (ULONG Count = 0;
         Count < RTLP_FRAMES_MOST && RtlpEnterFrame(&Frame, Context, UNW_FLAG_NHANDLER); Count++) {
        if (Context->Rsp > Rsp) {
            return Frame.Dispatcher.EstablisherFrame;
        }
        if (RtlpIsLastFrame(&Frame)) {
            break;
        }
    }
    return 0;
}

/*
 * longjmp: return from setjmp again, with Value, or 1 if that is 0.
 *
 * => Any IRQL; the IRQL is left alone.
 */
DECLSPEC_NORETURN VOID longjmp(jmp_buf JumpBuffer, int Value)
{
    RTLP_JUMP_BUFFER *Buffer = (RTLP_JUMP_BUFFER *)JumpBuffer;
    CONTEXT Context;
    EXCEPTION_RECORD Record = {
        .ExceptionCode = STATUS_LONGJUMP,
        .NumberParameters = 1,
        .ExceptionInformation = { (ULONG_PTR)Buffer },
    };
    ULONG64 Result = Value != 0 ? (ULONG)Value : 1;
    ULONG64 Establisher;

    RtlpCaptureCaller(&Context);
    if (Buffer->Frame == 0) {
        Context.Rax = Result;
        RtlRestoreContext(&Context, &Record);
    }
    Establisher = RtlpFindEstablisher(&Context, Buffer->Rsp);
    if (Establisher == 0) {
        RtlpRaiseCode(STATUS_BAD_STACK, NULL);
    }
    RtlUnwindEx((PVOID)Establisher, (PVOID)Buffer->Rip, &Record, (PVOID)Result, &Context, NULL);
}
