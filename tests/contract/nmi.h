/* SPDX-License-Identifier: MIT */
/*
 * nmi.h: how a test driver sends an NMI: through the local APIC, as a driver that knows it would.
 *
 * The page tables are found by their self-map, whose place follows from CR3 and
 * MmGetPhysicalAddress; a page of pool then becomes a view of the local APIC's registers.
 *
 * Reference: Intel SDM volume 3, "Paging" and "Advanced Programmable Interrupt Controller".
 */
#pragma once

#include "contract.h"

#define APIC_BASE_MSR   0x1B
#define APIC_BASE_X2    0x400
#define APIC_X2_ICR_MSR 0x830
#define APIC_ICR_LOW    (0x300 / 4)
#define APIC_ICR_HIGH   (0x310 / 4)
#define APIC_NMI        0x4400u /* delivery mode NMI, level assert, physical destination */

static volatile ULONG *ContractApic; /* NULL: x2APIC */

static inline ULONG ContractApicId(VOID)
{
    int Registers[4];

    __cpuid(Registers, 1);
    return (ULONG)Registers[1] >> 24;
}

/* The last-level page table entry of an address, or NULL. */
static inline volatile ULONG64 *ContractPageEntry(PVOID Address)
{
    ULONG64 Top = __readcr3() & 0x000FFFFFFFFFF000ull;

    for (ULONG64 Slot = 256; Slot < 512; Slot++) {
        ULONG64 Tables = 0xFFFF000000000000ull | Slot << 39;
        ULONG64 Self = Tables | Slot << 30 | Slot << 21 | Slot << 12;

        if ((ULONG64)MmGetPhysicalAddress((PVOID)Self).QuadPart == Top) {
            return (volatile ULONG64 *)(Tables + ((ULONG64)Address >> 12 & 0xFFFFFFFFFull) * 8);
        }
    }
    return NULL;
}

/* Once, before the first ContractSendNmi; PASSIVE_LEVEL.  The page of pool is never given back. */
static inline BOOLEAN ContractMapApic(VOID)
{
    ULONG64 Base = __readmsr(APIC_BASE_MSR);
    volatile ULONG64 *Entry;
    PUCHAR Page;

    if ((Base & APIC_BASE_X2) != 0) {
        return TRUE;
    }
    Page = ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, 'cipA');
    Entry = Page != NULL ? ContractPageEntry(Page) : NULL;
    if (Entry == NULL) {
        return FALSE;
    }
    /* Present, writable, uncached, not executable.  Nobody else has touched this address yet. */
    *Entry = (Base & 0x000FFFFFFFFFF000ull) | 0x800000000000001Bull;
    __invlpg(Page);
    ContractApic = (volatile ULONG *)Page;
    return TRUE;
}

static inline VOID ContractSendNmi(ULONG ApicId)
{
    ULONG64 Flags = __readeflags();

    _disable(); /* the two words belong together */
    if (ContractApic == NULL) {
        __writemsr(APIC_X2_ICR_MSR, (ULONG64)ApicId << 32 | APIC_NMI);
    } else {
        ContractApic[APIC_ICR_HIGH] = ApicId << 24;
        ContractApic[APIC_ICR_LOW] = APIC_NMI;
    }
    if ((Flags & 0x200) != 0) {
        _enable();
    }
}

static inline VOID ContractAwaitMore(volatile LONG *Count, LONG Before)
{
    while (*Count == Before) {
        YieldProcessor();
    }
}
