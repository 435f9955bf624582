/* SPDX-License-Identifier: MIT */
/*
 * acpi.c: the ACPI tables of the machine: RSDP, XSDT, FADT, MADT, HPET.
 *
 * They lie one after the other, 16-byte aligned, from an address on that the
 * caller has reserved.  There is no DSDT: nothing in this machine needs code to
 * describe it.
 * Reference: UEFI Forum, "Advanced Configuration and Power Interface
 * Specification", chapter 5.2; Intel, "IA-PC HPET Specification", 3.2.4.
 */
#include <string.h>

#include "device_map.h"
#include "sim.h"

#define HEADER_SIZE 36u
#define RSDP_SIZE   36u
#define RSDP_SIZE_0 20u
#define FADT_SIZE   244u
#define HPET_SIZE   56u
#define ENTRIES_AT  44u /* in the MADT */

#define CHECKSUM_AT      9u
#define RSDP_CHECKSUM_AT 8u
#define RSDP_EXTENDED_AT 32u

#define FADT_SCI_INTERRUPT 46u
#define FADT_TIMER         76u
#define FADT_TIMER_LENGTH  91u
#define FADT_CENTURY       108u
#define FADT_FLAGS         112u
#define FADT_X_TIMER       208u
#define FADT_WBINVD        0x1u
#define FADT_TIMER_32_BITS 0x100u

#define MADT_8259 1u /* there is a pair of them */
#define MADT_NMI_ALL_8  0xFFu
#define MADT_NMI_ALL_32 0xFFFFFFFFu

/* The highest id that a type 0 entry may have. */
#define XAPIC_HIGHEST_ID 254u

#define SPACE_MEMORY 0u
#define SPACE_PORT   1u

/* Where tables are being written: bytes of RAM, and how many of them there are. */
struct writer {
    uint8_t *base;
    uint64_t physical; /* of base */
    size_t used;
};

static void put(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static uint8_t checksum(const uint8_t *bytes, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++) {
        sum += bytes[i];
    }
    return (uint8_t)-sum;
}

/*
 * begin: begin a table behind what is there.
 */
static uint8_t *begin(struct writer *writer, const char *signature, uint8_t revision)
{
    uint8_t *table;

    writer->used = (writer->used + 15) & ~(size_t)15;
    table = writer->base + writer->used;
    memset(table, 0, HEADER_SIZE);
    memcpy(table, signature, 4);
    table[8] = revision;
    memcpy(table + 10, "ALLCAL", 6);
    memcpy(table + 16, "SIMULATR", 8);
    put(table + 24, 1, 4);
    memcpy(table + 28, "ACLL", 4);
    put(table + 32, 1, 4);
    return table;
}

/*
 * end: finish a table of this size.
 * => its physical address
 */
static uint64_t end(struct writer *writer, uint8_t *table, size_t size)
{
    put(table + 4, size, 4);
    table[CHECKSUM_AT] = checksum(table, size);
    writer->used = (size_t)(table - writer->base) + size;
    return writer->physical + (uint64_t)(table - writer->base);
}

static void put_address(uint8_t *at, uint8_t space, uint8_t bits, uint64_t address)
{
    at[0] = space;
    at[1] = bits;
    at[3] = bits == 32 ? 3 : 0; /* access by double words */
    put(at + 4, address, 8);
}

static uint64_t write_fadt(struct writer *writer)
{
    uint8_t *table = begin(writer, "FACP", 4);

    memset(table + HEADER_SIZE, 0, FADT_SIZE - HEADER_SIZE);
    put(table + FADT_SCI_INTERRUPT, 9, 2);
    put(table + FADT_TIMER, SIM_PM_TIMER_PORT, 4);
    table[FADT_TIMER_LENGTH] = 4;
    table[FADT_CENTURY] = SIM_RTC_CENTURY;
    put(table + FADT_FLAGS, FADT_WBINVD | FADT_TIMER_32_BITS, 4);
    put_address(table + FADT_X_TIMER, SPACE_PORT, 32, SIM_PM_TIMER_PORT);
    return end(writer, table, FADT_SIZE);
}

static uint64_t write_hpet(struct writer *writer)
{
    uint8_t *table = begin(writer, "HPET", 1);

    memset(table + HEADER_SIZE, 0, HPET_SIZE - HEADER_SIZE);
    put(table + 36, SIM_HPET_BLOCK_ID, 4);
    put_address(table + 40, SPACE_MEMORY, 64, SIM_HPET_BASE);
    return end(writer, table, HPET_SIZE);
}

static uint8_t *put_processor(uint8_t *at, uint32_t uid, uint32_t id)
{
    if (id <= XAPIC_HIGHEST_ID) {
        const uint8_t entry[8] = {0, 8, (uint8_t)uid, (uint8_t)id, 1};

        memcpy(at, entry, sizeof(entry));
        return at + sizeof(entry);
    }
    memset(at, 0, 16);
    at[0] = 9;
    at[1] = 16;
    put(at + 4, id, 4);
    put(at + 8, 1, 4);
    put(at + 12, uid, 4);
    return at + 16;
}

static uint8_t *put_io_apic(uint8_t *at)
{
    memset(at, 0, 12);
    at[0] = 1;
    at[1] = 12;
    put(at + 4, SIM_IOAPIC_BASE, 4);
    return at + 12;
}

/*
 * put_nmi: LINT1 is the NMI, on all processors.
 */
static uint8_t *put_nmi(uint8_t *at)
{
    const uint8_t x[6] = {4, 6, MADT_NMI_ALL_8, 0, 0, 1};

    memcpy(at, x, sizeof(x));
    at += sizeof(x);
    memset(at, 0, 12);
    at[0] = 0xA;
    at[1] = 12;
    put(at + 4, MADT_NMI_ALL_32, 4);
    at[8] = 1;
    return at + 12;
}

static uint64_t write_madt(struct writer *writer, struct sim_machine *machine)
{
    const struct sim_options *options = sim_options(machine);
    uint8_t *table = begin(writer, "APIC", 3);
    uint8_t *at = table + ENTRIES_AT;

    put(table + 36, SIM_APIC_BASE, 4);
    put(table + 40, MADT_8259, 4);
    for (unsigned i = 0; i < options->processors; i++) {
        at = put_processor(at, i, options->apic_ids == NULL ? i : options->apic_ids[i]);
    }
    at = put_nmi(put_io_apic(at));
    return end(writer, table, (size_t)(at - table));
}

static uint64_t write_xsdt(struct writer *writer, const uint64_t *tables, size_t count)
{
    uint8_t *table = begin(writer, "XSDT", 1);

    for (size_t i = 0; i < count; i++) {
        put(table + HEADER_SIZE + 8 * i, tables[i], 8);
    }
    return end(writer, table, HEADER_SIZE + 8 * count);
}

uint64_t sim_acpi_build(struct sim_machine *machine, uint64_t physical)
{
    uint8_t *rsdp = sim_ram(machine, physical, SIM_ACPI_SIZE);
    struct writer writer = {rsdp, physical, RSDP_SIZE};
    uint64_t tables[3];

    tables[0] = write_fadt(&writer);
    tables[1] = write_madt(&writer, machine);
    tables[2] = write_hpet(&writer);

    memset(rsdp, 0, RSDP_SIZE);
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "ALLCAL", 6);
    rsdp[15] = 2;
    put(rsdp + 20, RSDP_SIZE, 4);
    put(rsdp + 24, write_xsdt(&writer, tables, 3), 8);
    rsdp[RSDP_CHECKSUM_AT] = checksum(rsdp, RSDP_SIZE_0);
    rsdp[RSDP_EXTENDED_AT] = checksum(rsdp, RSDP_SIZE);
    return physical;
}
