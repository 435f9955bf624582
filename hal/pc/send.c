/* SPDX-License-Identifier: MIT */
/*
 * send.c: interrupts to other processors and to this one.
 *
 * HalpWriteIcr is the one place that sends.  It orders the sender's earlier
 * writes before the interrupt, as each mode needs it:
 *   => xAPIC: the command register is uncached memory, and a store to uncached
 *      memory comes after all earlier stores.  Only the compiler needs telling.
 *   => x2APIC: writing the MSR is not serialising and may overtake earlier
 *      stores (Intel SDM vol. 3, "MSR Access in x2APIC Mode"): mfence, lfence.
 *
 * The xAPIC's command is two stores, the destination and then the command.
 * Interrupts are off in between; an NMI saves and restores the destination
 * (HalpNmi), so it may send, too.
 *
 * "All excluding self" reaches every enabled local APIC of the machine, so it
 * is used only if all of them are targets: not while some are not started, or
 * when the client uses fewer than there are.
 */
#include "halp.h"

#define HALP_X2APIC_ICR  0x830
#define HALP_X2APIC_SELF 0x83F

/* HalpWriteIcr: send Command to the local APIC Destination, or to its shorthand. */
VOID HalpWriteIcr(ULONG Destination, ULONG Command)
{
    ULONG64 flags;

    if (HalpX2Apic) {
        __asm__ volatile("mfence\n\tlfence" : : : "memory");
        HalpWriteMsr(HALP_X2APIC_ICR, (ULONG64)Destination << 32 | Command);
        return;
    }
    __asm__ volatile("" : : : "memory");
    flags = HalpDisableInterrupts();
    while (HalpApic[HALP_APIC_ICR_LOW / sizeof(ULONG)] & HALP_ICR_PENDING) {
        HalpPause();
    }
    if (!(Command & HALP_ICR_SHORTHAND)) {
        HalpApic[HALP_APIC_ICR_HIGH / sizeof(ULONG)] = Destination << 24;
    }
    HalpApic[HALP_APIC_ICR_LOW / sizeof(ULONG)] = Command;
    HalpRestoreInterrupts(flags);
}

/* HalpSendSelf: interrupt this processor.  Its own writes are in order for itself. */
VOID HalpSendSelf(ULONG Vector)
{
    if (HalpX2Apic) {
        HalpWriteMsr(HALP_X2APIC_SELF, Vector);
    } else {
        HalpWriteIcr(0, HALP_ICR_SELF | HALP_ICR_ASSERT | HALP_ICR_FIXED | Vector);
    }
}

static BOOLEAN HalpContains(const HAL_PROCESSOR_SET *Set, ULONG Index)
{
    return Set->Mask[Index / 64] >> (Index % 64) & 1;
}

/* HalpSendEach: send to one target after the other.  Kept out of the way of the shorthand. */
static DECLSPEC_NOINLINE VOID HalpSendEach(ULONG Command, const HAL_PROCESSOR_SET *Targets)
{
    const ULONG self = HalpCurrentIndex();
    const ULONG words = (HalpProcessorCount + 63) / 64;

    for (ULONG word = 0; word < words; word++) {
        ULONG64 rest = Targets->Mask[word];
        while (rest) {
            ULONG index = word * 64 + __builtin_ctzll(rest);
            rest &= rest - 1;
            if (index != self && index < HalpProcessorCount) {
                HalpWriteIcr(HalpProcessors[index].ApicId, Command);
            }
        }
    }
}

VOID HALVERB HalSendIpi(HAL_IPI Kind, const HAL_PROCESSOR_SET *Targets)
{
    static const ULONG commands[] = {
        [HalIpiCall] = HALP_ICR_ASSERT | HALP_ICR_FIXED | HALP_VECTOR_CALL,
        [HalIpiDispatch] = HALP_ICR_ASSERT | HALP_ICR_FIXED | HALP_VECTOR_DISPATCH,
        [HalIpiNmi] = HALP_ICR_ASSERT | HALP_ICR_NMI,
    };
    const ULONG all = HalpEnabledApics;

    if (Targets->Count == all ||
        (Targets->Count + 1 == all && !HalpContains(Targets, HalpCurrentIndex()))) {
        if (all > 1) {
            HalpWriteIcr(0, HALP_ICR_OTHERS | commands[Kind]);
        }
    } else {
        HalpSendEach(commands[Kind], Targets);
    }
}

VOID HALVERB HalRequestSoftwareInterrupt(KIRQL Irql)
{
    HalpSendSelf(Irql == DISPATCH_LEVEL ? HALP_VECTOR_DISPATCH : HALP_VECTOR_APC);
}

/* No shorthand can send an NMI to the sender; its own id can. */
VOID HALVERB HalSendNmiToSelf(VOID)
{
    HalpWriteIcr(HalpProcessors[HalpCurrentIndex()].ApicId, HALP_ICR_ASSERT | HALP_ICR_NMI);
}
