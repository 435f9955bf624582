/* SPDX-License-Identifier: MIT */
/* processor.c: make the processor that runs this ready for the client. */
#include "halp.h"

C_ASSERT(FIELD_OFFSET(KPCR, HalReserved) == 0xC0);

/*
 * HalpInitializeExecution: give this processor the control registers that all have.
 *
 * Debug registers are left alone.  OSXSAVE stays off: kernel code that uses
 * AVX gets #UD instead of registers that nobody saves.
 */
static VOID HalpInitializeExecution(VOID)
{
    HalpWriteCr0(HALP_CR0);
    HalpWriteCr4(HALP_CR4);
    HalpWriteMsr(HALP_MSR_EFER, HalpReadMsr(HALP_MSR_EFER) | HALP_EFER);
    HalpWriteCr8(HIGH_LEVEL);
    __asm__ volatile("fninit");
}

/* HalpInitializePhase0: exceptions work afterwards. */
static NTSTATUS HalpInitializePhase0(ULONG Index, KPCR *Pcr)
{
    NTSTATUS status;

    HalpInitializeExecution();
    status = HalpInitializeDescriptors(Index, Pcr);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    Pcr->HalReserved[0] = Index;
    HalpWriteMsr(HALP_MSR_GS_BASE, (ULONG64)Pcr);
    __asm__ volatile("ldmxcsr %%gs:%c0" : : "i"(HALP_PCR_MXCSR) : "memory");
    return STATUS_SUCCESS;
}

NTSTATUS HALVERB HalInitializeProcessor(ULONG Index, PVOID Pcr, ULONG Phase)
{
    if (Phase == 0) {
        return HalpInitializePhase0(Index, Pcr);
    }
    HalpEnableApic();
    if (HalpReadApicId() != HalpProcessors[Index].ApicId) {
        HalpFatal(MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED, Index, HalpReadApicId(),
                  HalpProcessors[Index].ApicId, 0);
    }
    return STATUS_SUCCESS;
}
