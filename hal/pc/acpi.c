/* SPDX-License-Identifier: MIT */
/*
 * acpi.c: find the tables of the ACPI specification (chapter 5.2).
 *
 * RSDP -> XSDT (revision 2 and later) or RSDT -> the tables.  Everything read
 * here was written by firmware: no table is used before its length is bounded
 * and its checksum is right, and no field is read past its table's length.  A
 * machine without usable tables is one with one processor and a PIT.
 */
#include "halp.h"

#define HALP_TABLE_MAXIMUM (1024u * 1024u)
#define HALP_RSDP_BYTES    36u /* revision 2; 20 of them are revision 0 */

static ULONG64 HalpRootTable; /* physical address of the XSDT or RSDT, 0 = none */
static ULONG HalpRootEntry;   /* bytes of one of its entries: 8 or 4 */

static BOOLEAN HalpMatches(const UCHAR *Bytes, const char *Signature, ULONG Length)
{
    for (ULONG i = 0; i < Length; i++) {
        if (Bytes[i] != (UCHAR)Signature[i]) {
            return FALSE;
        }
    }
    return TRUE;
}

static BOOLEAN HalpSumIsZero(const UCHAR *Bytes, ULONG Length)
{
    UCHAR sum = 0;

    for (ULONG i = 0; i < Length; i++) {
        sum += Bytes[i];
    }
    return sum == 0;
}

/* HalpReadField: => a little-endian field at any alignment. */
static ULONG64 HalpReadField(const UCHAR *Bytes, ULONG Length)
{
    ULONG64 value = 0;

    for (ULONG i = 0; i < Length; i++) {
        value |= (ULONG64)Bytes[i] << (8 * i);
    }
    return value;
}

/* HalpUseRsdp: => TRUE: these bytes are an RSDP; the root table is known. */
static BOOLEAN HalpUseRsdp(const UCHAR *Rsdp)
{
    if (!HalpMatches(Rsdp, "RSD PTR ", 8) || !HalpSumIsZero(Rsdp, 20)) {
        return FALSE;
    }
    HalpRootTable = HalpReadField(Rsdp + 16, 4);
    HalpRootEntry = 4;
    if (Rsdp[15] >= 2 && HalpSumIsZero(Rsdp, HALP_RSDP_BYTES) && HalpReadField(Rsdp + 24, 8)) {
        HalpRootTable = HalpReadField(Rsdp + 24, 8);
        HalpRootEntry = 8;
    }
    return TRUE;
}

/* HalpSearchRsdp: look for an RSDP at every 16th byte. */
static BOOLEAN HalpSearchRsdp(ULONG64 PhysicalAddress, ULONG Bytes)
{
    BOOLEAN found = FALSE;
    const UCHAR *area = HalpMapPhysical(PhysicalAddress, Bytes, HAL_PAGE_READ);

    if (!area) {
        return FALSE;
    }
    for (ULONG i = 0; !found && i + HALP_RSDP_BYTES <= Bytes; i += 16) {
        found = HalpUseRsdp(area + i);
    }
    HalpUnmapPhysical((PVOID)area, Bytes);
    return found;
}

/* HalpInitializeAcpi: find the root table: the boot path's, or by the BIOS's RSDP. */
VOID HalpInitializeAcpi(VOID)
{
    const UCHAR *segment;
    ULONG64 ebda = 0;

    if (HalpRsdpAddress && HalpSearchRsdp(HalpRsdpAddress, HALP_RSDP_BYTES)) {
        return;
    }
    segment = HalpMapPhysical(0x40E, 2, HAL_PAGE_READ);
    if (segment) {
        ebda = HalpReadField(segment, 2) << 4;
        HalpUnmapPhysical((PVOID)segment, 2);
    }
    if (ebda >= 0x80000 && ebda < 0xA0000 && HalpSearchRsdp(ebda, 1024)) {
        return;
    }
    HalpSearchRsdp(0xE0000, 0x20000);
}

/* HalpMapTable: => the table at an address, whole and with a right checksum; NULL = it is none. */
static const HALP_ACPI_TABLE *HalpMapTable(ULONG64 PhysicalAddress)
{
    const HALP_ACPI_TABLE *table;
    ULONG length;

    table = HalpMapPhysical(PhysicalAddress, sizeof(*table), HAL_PAGE_READ);
    if (!table) {
        return NULL;
    }
    length = table->Length;
    HalpUnmapPhysical((PVOID)table, sizeof(*table));
    if (length < sizeof(*table) || length > HALP_TABLE_MAXIMUM) {
        return NULL;
    }
    table = HalpMapPhysical(PhysicalAddress, length, HAL_PAGE_READ);
    if (table && (table->Length != length || !HalpSumIsZero((const UCHAR *)table, length))) {
        HalpUnmapPhysical((PVOID)table, length);
        return NULL;
    }
    return table;
}

VOID HalpReleaseTable(const HALP_ACPI_TABLE *Table)
{
    HalpUnmapPhysical((PVOID)Table, Table->Length);
}

const HALP_ACPI_TABLE *HalpFindTable(const char *Signature)
{
    const HALP_ACPI_TABLE *root = HalpRootTable ? HalpMapTable(HalpRootTable) : NULL;
    const HALP_ACPI_TABLE *found = NULL;

    if (!root) {
        return NULL;
    }
    for (ULONG offset = sizeof(*root); !found && offset + HalpRootEntry <= root->Length;
         offset += HalpRootEntry) {
        const HALP_ACPI_TABLE *table = HalpMapTable(HalpTableField(root, offset, HalpRootEntry));
        if (table && HalpMatches(table->Signature, Signature, 4)) {
            found = table;
        } else if (table) {
            HalpReleaseTable(table);
        }
    }
    HalpReleaseTable(root);
    return found;
}

ULONG64 HalpTableField(const HALP_ACPI_TABLE *Table, ULONG Offset, ULONG Bytes)
{
    if (Offset > Table->Length || Bytes > Table->Length - Offset) {
        return 0;
    }
    return HalpReadField((const UCHAR *)Table + Offset, Bytes);
}
