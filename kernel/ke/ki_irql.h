/* SPDX-License-Identifier: MIT */
/*
 * ki_irql.h: changes of IRQL that are checked, for the exports that change it.
 */
#pragma once

#include "ki.h"

#define KI_SYNCH_LEVEL 12 /* what wdm.h's KeRaiseIrqlToSynchLevel raises to on x64 */

/*
 * KiRaiseIrqlFor: raise for Routine, which Caller (a return address) has called.
 *
 * => Returns the old level.
 * => IRQL_NOT_GREATER_OR_EQUAL if NewIrql is below the current level.
 */
KIRQL KiRaiseIrqlFor(KIRQL NewIrql, PVOID Routine, PVOID Caller);

/* KiLowerIrqlFor: lower; IRQL_NOT_LESS_OR_EQUAL if NewIrql is above the current level. */
VOID KiLowerIrqlFor(KIRQL NewIrql, PVOID Routine, PVOID Caller);

/* KiRaiseIrqlAtLeast: raise to the higher of the current level and Irql.  => The old level. */
static inline KIRQL KiRaiseIrqlAtLeast(KIRQL Irql)
{
    KIRQL OldIrql = HalGetIrql();

    if (OldIrql < Irql) {
        HalSetIrql(Irql);
    }
    return OldIrql;
}
