/* SPDX-License-Identifier: MIT */
/*
 * irql.c: the interrupt level, as drivers import it.
 *
 * Drivers built with mingw-w64's headers change CR8 inline and never come
 * here; newer headers import these names.  Both are the same level, the HAL's.
 */
#include "ki_irql.h"

/* KiIrqlViolation: stop because Routine was asked for a change in the wrong direction. */
static DECLSPEC_NORETURN VOID KiIrqlViolation(ULONG Code, KIRQL NewIrql, PVOID Routine,
                                              PVOID Caller)
{
    KiBugCheckText("the routine called, the current IRQL, the IRQL asked for, the return address",
                   Code, (ULONG_PTR)Routine, HalGetIrql(), NewIrql, (ULONG_PTR)Caller,
                   (ULONG64)Caller, NULL);
}

KIRQL KiRaiseIrqlFor(KIRQL NewIrql, PVOID Routine, PVOID Caller)
{
    KIRQL OldIrql = HalGetIrql();

    if (NewIrql < OldIrql || NewIrql > HIGH_LEVEL) {
        KiIrqlViolation(IRQL_NOT_GREATER_OR_EQUAL, NewIrql, Routine, Caller);
    }
    HalSetIrql(NewIrql);
    return OldIrql;
}

VOID KiLowerIrqlFor(KIRQL NewIrql, PVOID Routine, PVOID Caller)
{
    if (NewIrql > HalGetIrql()) {
        KiIrqlViolation(IRQL_NOT_LESS_OR_EQUAL, NewIrql, Routine, Caller);
    }
    HalSetIrql(NewIrql);
}

/*
 * KeGetCurrentIrql: return the current IRQL.
 *
 * => Any IRQL.
 * => Reference: "KeGetCurrentIrql function (wdm.h)".
 */
KIRQL NTAPI KeGetCurrentIrql(VOID)
{
    return HalGetIrql();
}

/*
 * KfRaiseIrql: raise the IRQL and return the old one; what KeRaiseIrql is on x64.
 *
 * => NewIrql is at least the current level, else bug check.
 * => Reference: "KeRaiseIrql macro (wdm.h)".
 */
KIRQL NTAPI KfRaiseIrql(KIRQL NewIrql)
{
    return KiRaiseIrqlFor(NewIrql, (PVOID)KfRaiseIrql, __builtin_return_address(0));
}

/* KeRaiseIrql: the same, with the old level through a pointer, as other architectures import it. */
VOID NTAPI KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql)
{
    *OldIrql = KiRaiseIrqlFor(NewIrql, (PVOID)KeRaiseIrql, __builtin_return_address(0));
}

/*
 * KeLowerIrql: restore an IRQL that a raise returned.
 *
 * => NewIrql is at most the current level, else bug check.
 * => What is pending between the two levels is delivered before it returns.
 * => Reference: "KeLowerIrql function (wdm.h)".
 */
VOID NTAPI KeLowerIrql(KIRQL NewIrql)
{
    KiLowerIrqlFor(NewIrql, (PVOID)KeLowerIrql, __builtin_return_address(0));
}

/* KfLowerIrql: KeLowerIrql under its other name. */
VOID NTAPI KfLowerIrql(KIRQL NewIrql)
{
    KiLowerIrqlFor(NewIrql, (PVOID)KfLowerIrql, __builtin_return_address(0));
}

/*
 * KeRaiseIrqlToDpcLevel: raise the IRQL to DISPATCH_LEVEL and return the old one.
 *
 * => IRQL <= DISPATCH_LEVEL, else bug check.
 * => Reference: "KeRaiseIrqlToDpcLevel function (wdm.h)".
 */
KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID)
{
    return KiRaiseIrqlFor(DISPATCH_LEVEL, (PVOID)KeRaiseIrqlToDpcLevel,
                          __builtin_return_address(0));
}

/* KeRaiseIrqlToSynchLevel: raise the IRQL to the level of the scheduler's locks, 12 on x64. */
KIRQL NTAPI KeRaiseIrqlToSynchLevel(VOID)
{
    return KiRaiseIrqlFor(KI_SYNCH_LEVEL, (PVOID)KeRaiseIrqlToSynchLevel,
                          __builtin_return_address(0));
}
