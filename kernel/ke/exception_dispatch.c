/* SPDX-License-Identifier: MIT */
/*
 * exception_dispatch.c: from a fault to the search for its handler (rtl), and
 * what happens if there is none.
 */
#include "exception.h"
#include "ki.h"

#define KI_INTERRUPT_FLAG 0x200
#define KI_MXCSR_MASK     0xFFFF /* what fxrstor and ldmxcsr take */

/* KiUnhandledException: stop for an exception that nobody has handled. */
DECLSPEC_NORETURN VOID KiUnhandledException(const EXCEPTION_RECORD *Record, const CONTEXT *Context)
{
    HAL_TRAP_FRAME Frame;

    RtlZeroMemory(&Frame, sizeof(Frame));
    KiContextToFrame(Context, &Frame);
    Frame.SegCs = Context->SegCs;
    Frame.SegSs = Context->SegSs;
    Frame.PreviousIrql = HalGetIrql();
    KiBugCheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)Record->ExceptionCode,
               (ULONG_PTR)Record->ExceptionAddress, Record->ExceptionInformation[0],
               Record->ExceptionInformation[1], Frame.Rip, &Frame);
}

/*
 * KiDispatchException: offer the exception of a fault to the handlers of the code that it has hit.
 *
 * => Interrupts are on for them if they were on in that code; its IRQL stays as it is.
 * => Returns if the code is to go on, with the registers that Frame has then and interrupts off.
 */
VOID KiDispatchException(PEXCEPTION_RECORD Record, PHAL_TRAP_FRAME Frame)
{
    CONTEXT Context;

    RtlCaptureContext(&Context); /* for what no frame has: segments and x87 */
    KiFrameToContext(Frame, &Context);
    HalRestoreInterrupts((Frame->EFlags & KI_INTERRUPT_FLAG) != 0);
    if (!RtlpDispatchException(Record, &Context, FALSE)) {
        KiUnhandledException(Record, &Context);
    }
    HalDisableInterrupts();
    Context.MxCsr &= KI_MXCSR_MASK;
    KiContextToFrame(&Context, Frame);
}

/*
 * KiCallBoundary: the handler of the frame that has called the routine of a call (ipi.h): the
 * routine has raised an exception that it does not handle.
 *
 * => What lies beyond is the rendezvous, and whoever has called or was interrupted: they would go
 * on while other processors wait for this one.  So nobody handles it.
 */
EXCEPTION_DISPOSITION NTAPI KiCallBoundary(PEXCEPTION_RECORD Record, PVOID EstablisherFrame,
                                           PCONTEXT Context, PDISPATCHER_CONTEXT Dispatcher)
{
    UNREFERENCED_PARAMETER(EstablisherFrame);
    UNREFERENCED_PARAMETER(Dispatcher);
    if ((Record->ExceptionFlags & EXCEPTION_UNWIND) != 0) {
        RtlpRaiseCode(STATUS_INVALID_UNWIND_TARGET, Record);
    }
    KiUnhandledException(Record, Context);
}
