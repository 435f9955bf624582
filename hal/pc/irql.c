/* SPDX-License-Identifier: MIT */
/*
 * irql.c: interrupt level and flag.
 *
 * IRQL is CR8: the local APIC holds back every vector whose class is not above
 * it, and lowering it delivers what is pending.
 */
#include "halp.h"

KIRQL HALVERB HalGetIrql(VOID)
{
    return (KIRQL)HalpReadCr8();
}

VOID HALVERB HalSetIrql(KIRQL Irql)
{
    HalpWriteCr8(Irql);
}

ULONG HALVERB HalSaveAndRaiseIrql(KIRQL Irql)
{
    ULONG state = (ULONG)(HalpReadFlags() & HALP_FLAG_INTERRUPT) | (KIRQL)HalpReadCr8();

    HalpWriteCr8(Irql);
    return state;
}

VOID HALVERB HalRestoreIrql(ULONG State)
{
    if (State & HALP_FLAG_INTERRUPT) {
        HalpWriteCr8((KIRQL)State);
        __asm__ volatile("sti" : : : "memory");
    } else {
        __asm__ volatile("cli" : : : "memory");
        HalpWriteCr8((KIRQL)State);
    }
}

BOOLEAN HALVERB HalAreInterruptsEnabled(VOID)
{
    return (HalpReadFlags() & HALP_FLAG_INTERRUPT) != 0;
}

BOOLEAN HALVERB HalDisableInterrupts(VOID)
{
    return (HalpDisableInterrupts() & HALP_FLAG_INTERRUPT) != 0;
}

VOID HALVERB HalRestoreInterrupts(BOOLEAN Enabled)
{
    HalpRestoreInterrupts(Enabled ? HALP_FLAG_INTERRUPT : 0);
}
