/* SPDX-License-Identifier: MIT */
/* thread_stack.c: what a thread may ask of its own stack and its floating-point state. */
#include "ki.h"

/*
 * IoGetStackLimits: the lowest and the highest address of the current thread's stack.
 *
 * => DPCs and interrupts run on it, too.  Any IRQL.
 * => Reference: "IoGetStackLimits function (wdm.h)".
 */
VOID NTAPI IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit)
{
    PKTHREAD Thread = KiGetCurrentThread();

    *LowLimit = (ULONG_PTR)Thread->StackLimit;
    *HighLimit = (ULONG_PTR)Thread->InitialStack;
}

/* IoGetInitialStack: the highest address of the current thread's stack.  "IoGetInitialStack function (wdm.h)". */
PVOID NTAPI IoGetInitialStack(VOID)
{
    return KiGetCurrentThread()->InitialStack;
}

/*
 * KeSaveFloatingPointState: make the floating-point registers usable.
 *
 * => On x64 they always are, and are kept by whoever interrupts: nothing to do, STATUS_SUCCESS.
 * => Reference: "KeSaveFloatingPointState function (wdm.h)".
 */
NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    UNREFERENCED_PARAMETER(FloatSave);
    return STATUS_SUCCESS;
}

/* KeRestoreFloatingPointState: the end of that.  "KeRestoreFloatingPointState function (wdm.h)". */
NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    UNREFERENCED_PARAMETER(FloatSave);
    return STATUS_SUCCESS;
}
