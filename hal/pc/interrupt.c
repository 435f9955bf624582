/* SPDX-License-Identifier: MIT */
/*
 * interrupt.c: which entry serves which vector, and the part of the entries
 * that need not be assembly: exceptions, NMI, the timer.
 */
#include "halp.h"

#define HALP_ASSERT_OFFSET(Field, Offset) C_ASSERT(FIELD_OFFSET(HAL_TRAP_FRAME, Field) == (Offset))
HALP_ASSERT_OFFSET(Xmm, HALP_FRAME_XMM);
HALP_ASSERT_OFFSET(Rax, HALP_FRAME_RAX);
HALP_ASSERT_OFFSET(R11, HALP_FRAME_R11);
HALP_ASSERT_OFFSET(Rbx, HALP_FRAME_RBX);
HALP_ASSERT_OFFSET(R15, HALP_FRAME_R15);
HALP_ASSERT_OFFSET(MxCsr, HALP_FRAME_MXCSR);
HALP_ASSERT_OFFSET(PreviousIrql, HALP_FRAME_PREVIOUS_IRQL);
HALP_ASSERT_OFFSET(Nonvolatile, HALP_FRAME_NONVOLATILE);
HALP_ASSERT_OFFSET(Vector, HALP_FRAME_VECTOR);
HALP_ASSERT_OFFSET(ErrorCode, HALP_FRAME_ERROR_CODE);
/* What the processor pushes ends at a multiple of 16, and so begins the frame. */
C_ASSERT(FIELD_OFFSET(HAL_TRAP_FRAME, SegSs) + 8 == sizeof(HAL_TRAP_FRAME));
C_ASSERT(sizeof(HAL_TRAP_FRAME) % 16 == 0);
C_ASSERT(FIELD_OFFSET(HAL_CLIENT, Ipi) == 0x00 && FIELD_OFFSET(HAL_CLIENT, Dispatch) == 0x08 &&
         FIELD_OFFSET(HAL_CLIENT, Apc) == 0x10 && FIELD_OFFSET(HAL_CLIENT, Clock) == 0x18);

C_ASSERT(HALP_VECTOR_DEVICE >> 4 == HALP_DEVICE_CLASS_FIRST);
C_ASSERT(HALP_DEVICE_VECTORS == 16 * (HALP_DEVICE_CLASS_LAST - HALP_DEVICE_CLASS_FIRST + 1));

#define HALP_VECTOR_PAGE_FAULT 14
#define HALP_EXCEPTIONS        32

extern HALP_ENTRY HalpCallEntry, HalpCallEntryX2, HalpClockEntry, HalpClockEntryX2;
extern HALP_ENTRY HalpDispatchEntry, HalpDispatchEntryX2, HalpApcEntry, HalpApcEntryX2;
extern HALP_ENTRY HalpWakeEntry, HalpWakeEntryX2, HalpTimerEntry, HalpSpuriousEntry;
extern const UCHAR HalpExceptionStubs[], HalpDeviceStubs[];

VOID HalpException(PHAL_TRAP_FRAME Frame);
VOID HalpNmi(PHAL_TRAP_FRAME Frame);
VOID HalpTimerInterrupt(PHAL_TRAP_FRAME Frame);

static HALP_ENTRY *HalpExceptionStub(ULONG Number)
{
    return (HALP_ENTRY *)(ULONG_PTR)(HalpExceptionStubs + Number * HALP_EXCEPTION_STUB);
}

static HALP_ENTRY *HalpDeviceStub(ULONG Number)
{
    return (HALP_ENTRY *)(ULONG_PTR)(HalpDeviceStubs + Number * HALP_DEVICE_STUB);
}

HALP_ENTRY *HalpQueryEntry(ULONG Vector)
{
    switch (Vector) {
    case HALP_VECTOR_FAIL_FAST:
        return HalpExceptionStub(HALP_EXCEPTIONS);
    case HALP_VECTOR_ASSERT:
        return HalpExceptionStub(HALP_EXCEPTIONS + 1);
    case HALP_VECTOR_DEBUG:
        return HalpExceptionStub(HALP_EXCEPTIONS + 2);
    case HALP_VECTOR_APC:
        /* Also the number of a reserved exception, which no processor raises. */
        return HalpX2Apic ? HalpApcEntryX2 : HalpApcEntry;
    case HALP_VECTOR_DISPATCH:
        return HalpX2Apic ? HalpDispatchEntryX2 : HalpDispatchEntry;
    case HALP_VECTOR_CLOCK:
        return HalpX2Apic ? HalpClockEntryX2 : HalpClockEntry;
    case HALP_VECTOR_CALL:
        return HalpX2Apic ? HalpCallEntryX2 : HalpCallEntry;
    case HALP_VECTOR_WAKE:
        return HalpX2Apic ? HalpWakeEntryX2 : HalpWakeEntry;
    case HALP_VECTOR_TIMER:
        return HalpTimerEntry;
    case HALP_VECTOR_SPURIOUS:
        return HalpSpuriousEntry;
    default:
        if (Vector - HALP_VECTOR_DEVICE < HALP_DEVICE_VECTORS) {
            return HalpDeviceStub(Vector - HALP_VECTOR_DEVICE);
        }
        return Vector < HALP_EXCEPTIONS ? HalpExceptionStub(Vector) : NULL;
    }
}

/*
 * HalpNmi: run the client's NMI entry at HIGH_LEVEL.
 *
 * The NMI may have come anywhere: between the two stores of a send, or before
 * the page fault handler has read CR2.  So both survive whatever the client
 * does here.  The processor holds further NMIs back until the next iretq; a
 * client that faults in here ends that early and must not expect to return.
 */
VOID HalpNmi(PHAL_TRAP_FRAME Frame)
{
    const ULONG64 fault = HalpReadCr2();
    const ULONG destination = HalpX2Apic ? 0 : HalpReadApic(HALP_APIC_ICR_HIGH);

    HalpWriteCr8(HIGH_LEVEL);
    HalpClient->Nmi(Frame);
    HalpWriteCr8(Frame->PreviousIrql);
    if (!HalpX2Apic) {
        while (HalpReadApic(HALP_APIC_ICR_LOW) & HALP_ICR_PENDING) {
            HalpPause();
        }
        HalpWriteApic(HALP_APIC_ICR_HIGH, destination);
    }
    HalpWriteCr2(fault);
}

/* HalpException: from the stubs, interrupts off; IRQL is that of the interrupted code. */
VOID HalpException(PHAL_TRAP_FRAME Frame)
{
    Frame->FaultAddress = Frame->Vector == HALP_VECTOR_PAGE_FAULT ? HalpReadCr2() : 0;
    HalpClient->Exception(Frame);
}

/*
 * HalpTimerInterrupt: one tick, in class 15, interrupts off.
 *
 * The local APIC has one timer; the clock's own class is 13, so the tick goes
 * on as an interrupt of that class to this processor.
 */
VOID HalpTimerInterrupt(PHAL_TRAP_FRAME Frame)
{
    HalpWriteApic(HALP_APIC_EOI, 0);
    HalpWriteCr8(HIGH_LEVEL);
    HalpClient->Watchdog(Frame);
    HalpSendSelf(HALP_VECTOR_CLOCK);
    HalpWriteCr8(Frame->PreviousIrql);
}
