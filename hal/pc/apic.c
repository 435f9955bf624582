/* SPDX-License-Identifier: MIT */
/*
 * apic.c: the local APIC of each processor, and the pair of 8259s, which this
 * HAL keeps silent.
 *
 * x2APIC (registers are MSRs, 32-bit ids) is used wherever the processor has
 * it, xAPIC (registers are memory) elsewhere.  Until the registers are mapped
 * HalpApic points to a dummy page, so that an early send is harmless without
 * costing the later ones a test.
 */
#include "halp.h"

#define HALP_APIC_BASE_ENABLE   0x800ull
#define HALP_APIC_BASE_X2APIC   0x400ull
#define HALP_APIC_BASE_ADDRESS  0x000FFFFFFFFFF000ull
#define HALP_SVR_ENABLE         0x100
#define HALP_X2APIC_MSR(Offset) (0x800 + ((Offset) >> 4))

#define HALP_PIC1_MASK 0x21
#define HALP_PIC2_MASK 0xA1

static DECLSPEC_ALIGN(4096) ULONG HalpDummyApic[1024];
volatile ULONG *HalpApic = HalpDummyApic;
BOOLEAN HalpX2Apic;

/* HalpDetectApic: choose the mode; all processors of a machine have the same features. */
VOID HalpDetectApic(VOID)
{
    HalpX2Apic = HalpCpuid(1).Ecx >> 21 & 1;
}

/* HalpSwitchApicOn: enable this processor's local APIC in the machine's mode. */
static VOID HalpSwitchApicOn(VOID)
{
    ULONG64 base = HalpReadMsr(HALP_MSR_APIC_BASE);

    /* From off to x2APIC there is no direct way. */
    if (!(base & HALP_APIC_BASE_ENABLE)) {
        base |= HALP_APIC_BASE_ENABLE;
        HalpWriteMsr(HALP_MSR_APIC_BASE, base);
    }
    if (HalpX2Apic && !(base & HALP_APIC_BASE_X2APIC)) {
        HalpWriteMsr(HALP_MSR_APIC_BASE, base | HALP_APIC_BASE_X2APIC);
    }
}

/* HalpMapApic: make the boot processor's registers accessible. */
NTSTATUS HalpMapApic(VOID)
{
    HalpSwitchApicOn();
    if (!HalpX2Apic) {
        ULONG64 base = HalpReadMsr(HALP_MSR_APIC_BASE) & HALP_APIC_BASE_ADDRESS;
        PVOID registers = HalpMapPhysical(base, HALP_PAGE_SIZE,
                                          HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_UNCACHED);
        if (!registers) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        HalpApic = registers;
    }
    return STATUS_SUCCESS;
}

ULONG HalpReadApic(ULONG Offset)
{
    if (HalpX2Apic) {
        return (ULONG)HalpReadMsr(HALP_X2APIC_MSR(Offset));
    }
    return HalpApic[Offset / sizeof(ULONG)];
}

VOID HalpWriteApic(ULONG Offset, ULONG Value)
{
    if (HalpX2Apic) {
        HalpWriteMsr(HALP_X2APIC_MSR(Offset), Value);
    } else {
        HalpApic[Offset / sizeof(ULONG)] = Value;
    }
}

ULONG HalpReadApicId(VOID)
{
    ULONG id = HalpReadApic(HALP_APIC_ID);

    return HalpX2Apic ? id : id >> 24;
}

/*
 * HalpEnableApic: make this processor's local APIC take interrupts.
 *
 * => LINT0 (the 8259), the timer, errors and performance counters are masked; LINT1 is the NMI.
 */
VOID HalpEnableApic(VOID)
{
    ULONG entries;

    HalpSwitchApicOn();
    entries = HalpReadApic(HALP_APIC_VERSION) >> 16 & 0xFF;
    HalpWriteApic(HALP_APIC_SVR, HALP_SVR_ENABLE | HALP_VECTOR_SPURIOUS);
    HalpWriteApic(HALP_APIC_LVT_TIMER, HALP_LVT_MASKED | HALP_VECTOR_TIMER);
    if (entries >= 4) {
        HalpWriteApic(HALP_APIC_LVT_PERF, HALP_LVT_MASKED | HALP_VECTOR_SPURIOUS);
    }
    HalpWriteApic(HALP_APIC_LVT_LINT0, HALP_LVT_MASKED | HALP_VECTOR_SPURIOUS);
    HalpWriteApic(HALP_APIC_LVT_LINT1, HALP_LVT_NMI);
    HalpWriteApic(HALP_APIC_LVT_ERROR, HALP_LVT_MASKED | HALP_VECTOR_SPURIOUS);
    HalpWriteApic(HALP_APIC_ESR, 0);
}

/* HalpMaskPic: silence the pair of 8259s. */
VOID HalpMaskPic(VOID)
{
    HalpOut8(HALP_PIC1_MASK, 0xFF);
    HalpOut8(HALP_PIC2_MASK, 0xFF);
}
