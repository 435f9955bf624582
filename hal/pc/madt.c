/* SPDX-License-Identifier: MIT */
/*
 * madt.c: find the processors and I/O APICs: the Multiple APIC Description Table of the ACPI
 * specification (section 5.2.12).
 *
 * Index 0 is the boot processor; the others follow in the table's order.  The
 * local APIC ids may have holes and need not ascend; one processor may have a
 * local APIC entry and an x2APIC entry.
 */
#include "halp.h"

#define HALP_MADT_ENTRIES      44 /* where the entries begin */
#define HALP_MADT_LOCAL_APIC   0
#define HALP_MADT_IO_APIC      1
#define HALP_MADT_OVERRIDE     2
#define HALP_MADT_LOCAL_X2APIC 9
#define HALP_MADT_ISA          0 /* the one bus whose lines are overridden */
#define HALP_MADT_ENABLED      1
#define HALP_XAPIC_HIGHEST_ID  254 /* 255 is everybody */

HALP_PROCESSOR HalpProcessors[HAL_MAXIMUM_PROCESSORS];
ULONG HalpProcessorCount = 1;
ULONG HalpEnabledApics = 1;

/* HalpAddProcessor: count an enabled processor, and take it if it can be addressed. */
static VOID HalpAddProcessor(ULONG ApicId)
{
    for (ULONG i = 0; i < HalpProcessorCount; i++) {
        if (HalpProcessors[i].ApicId == ApicId) {
            return;
        }
    }
    HalpEnabledApics++;
    if (HalpProcessorCount < HAL_MAXIMUM_PROCESSORS &&
        (HalpX2Apic || ApicId <= HALP_XAPIC_HIGHEST_ID)) {
        HalpProcessors[HalpProcessorCount++].ApicId = ApicId;
    }
}

/* HalpReadMadtEntry: use one entry, whose Length bytes lie inside the table. */
static VOID HalpReadMadtEntry(const HALP_ACPI_TABLE *Madt, ULONG Offset, ULONG Length)
{
    switch (HalpTableField(Madt, Offset, 1)) {
    case HALP_MADT_LOCAL_APIC:
        if (Length >= 8 && (HalpTableField(Madt, Offset + 4, 4) & HALP_MADT_ENABLED)) {
            HalpAddProcessor(HalpTableField(Madt, Offset + 3, 1));
        }
        break;
    case HALP_MADT_LOCAL_X2APIC:
        if (Length >= 16 && (HalpTableField(Madt, Offset + 8, 4) & HALP_MADT_ENABLED)) {
            HalpAddProcessor(HalpTableField(Madt, Offset + 4, 4));
        }
        break;
    case HALP_MADT_IO_APIC:
        if (Length >= 12) {
            HalpAddIoApic(HalpTableField(Madt, Offset + 4, 4), HalpTableField(Madt, Offset + 8, 4));
        }
        break;
    case HALP_MADT_OVERRIDE:
        if (Length >= 10 && HalpTableField(Madt, Offset + 2, 1) == HALP_MADT_ISA) {
            HalpOverrideIsaLine(HalpTableField(Madt, Offset + 3, 1),
                                HalpTableField(Madt, Offset + 4, 4),
                                HalpTableField(Madt, Offset + 8, 2));
        }
        break;
    }
}

/*
 * HalpFindProcessors: fill HalpProcessors, and find the I/O APICs and their lines on the way.
 *
 * => Without a table the boot processor is the only one.
 */
VOID HalpFindProcessors(VOID)
{
    const HALP_ACPI_TABLE *madt = HalpFindTable("APIC");

    HalpProcessors[0].ApicId = HalpReadApicId();
    if (!madt) {
        return;
    }
    for (ULONG offset = HALP_MADT_ENTRIES; offset + 2 <= madt->Length;) {
        ULONG length = HalpTableField(madt, offset + 1, 1);
        if (length < 2 || length > madt->Length - offset) {
            break;
        }
        HalpReadMadtEntry(madt, offset, length);
        offset += length;
    }
    HalpReleaseTable(madt);
}

ULONG HALVERB HalQueryProcessorCount(VOID)
{
    return HalpProcessorCount;
}

ULONG HALVERB HalQueryProcessorId(ULONG Index)
{
    return Index < HalpProcessorCount ? HalpProcessors[Index].ApicId : ~0u;
}
