/* SPDX-License-Identifier: MIT */
/*
 * irql.c: interrupt level and flag.
 *
 * IRQL is CR8: the local APIC holds back every vector whose class is not above
 * it, and lowering it delivers what is pending.
 */
#include "halp.h"

#define HALP_FLAG_INTERRUPT 0x200

KIRQL HALVERB HalGetIrql(VOID)
{
    return (KIRQL)HalpReadCr8();
}

VOID HALVERB HalSetIrql(KIRQL Irql)
{
    HalpWriteCr8(Irql);
}

BOOLEAN HALVERB HalAreInterruptsEnabled(VOID)
{
    ULONG64 flags;

    __asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
    return (flags & HALP_FLAG_INTERRUPT) != 0;
}

BOOLEAN HALVERB HalDisableInterrupts(VOID)
{
    return HalpDisableInterrupts();
}

VOID HALVERB HalRestoreInterrupts(BOOLEAN Enabled)
{
    HalpRestoreInterrupts(Enabled);
}
