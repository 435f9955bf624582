/* SPDX-License-Identifier: MIT */
/*
 * cpu_segment.c: code segments, and the error codes that name a selector.
 *
 * This machine has 64-bit kernel code only (and what starts a processor, see
 * cpu_start.c).  A program that goes to 16- or 32-bit code, or to user mode,
 * ends the run with a message that says so.
 *
 * The engine tells which exception it raises, but not with which error code.
 * That is 0 except where a selector is to blame, which the instruction tells.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Segment
 * Descriptors"; volume 2, the instructions.
 */
#include "cpu.h"

#define SELECTOR_RPL   3u
#define SELECTOR_LOCAL 4u

#define SEGMENT_DATA_OR_CODE (1ull << 44)
#define SEGMENT_CODE         (1ull << 43)
#define SEGMENT_DPL          (3ull << 45)
#define SEGMENT_PRESENT      (1ull << 47)
#define SEGMENT_WIDE         (1ull << 53) /* L */
#define SEGMENT_32           (1ull << 54) /* D */

/* read_bytes: a few bytes of the guest. => false: they cannot be read */
static bool read_bytes(struct sim_cpu *cpu, uint64_t address, void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        struct mmu_leaf leaf;
        const uint8_t *host;

        if (!mmu_is_canonical(address + i) || !mmu_peek(cpu, address + i, &leaf)) {
            return false;
        }
        host = sim_ram(cpu->machine, leaf.physical + ((address + i) & (leaf.size - 1)), 1);
        if (host == NULL) {
            return false;
        }
        ((uint8_t *)bytes)[i] = *host;
    }
    return true;
}

/* find: a selector's descriptor. => false: it has none */
static bool find(struct sim_cpu *cpu, uint16_t selector, uint64_t *descriptor)
{
    uc_x86_mmr table;

    uc_reg_read(cpu->engine,
                selector & SELECTOR_LOCAL ? UC_X86_REG_LDTR : UC_X86_REG_GDTR, &table);
    return (selector & ~SELECTOR_RPL) != 0 && (selector | 7u) <= table.limit &&
           read_bytes(cpu, table.base + (selector & ~7u), descriptor, sizeof(*descriptor));
}

bool segment_is_code(struct sim_cpu *cpu, uint16_t selector, uint8_t *vector, uint32_t *error)
{
    uint64_t descriptor;

    *vector = EXCEPTION_GP;
    *error = selector & ~SELECTOR_RPL;
    if (!find(cpu, selector, &descriptor) || (descriptor & SEGMENT_DATA_OR_CODE) == 0 ||
        (descriptor & SEGMENT_CODE) == 0 || (descriptor & SEGMENT_DPL) != 0 ||
        (descriptor & SEGMENT_WIDE) == 0 || (descriptor & SEGMENT_32) != 0) {
        return false;
    }
    *vector = EXCEPTION_NP;
    return (descriptor & SEGMENT_PRESENT) != 0;
}

bool segment_check(struct sim_cpu *cpu)
{
    const uint16_t selector = (uint16_t)cpu_get(cpu, UC_X86_REG_CS);
    const bool user = (selector & SELECTOR_RPL) != 0;
    uint64_t descriptor;

    cpu->attention &= ~ATTEND_SEGMENT;
    if (!user && (!find(cpu, selector, &descriptor) || (descriptor & SEGMENT_WIDE) != 0)) {
        return true;
    }
    machine_limit(cpu->machine, "processor %u goes to %s, which this machine does not have",
                  cpu->index, user ? "user mode" : "16-bit or 32-bit code");
    return false;
}

/* The instruction, as far as it matters here. */
struct parts {
    const uint8_t *opcode;
    unsigned size; /* of an operand: 2, 4, 8 */
    uint8_t rex;
};

static struct parts parts_of(const uint8_t *bytes)
{
    struct parts parts = { bytes, 4, 0 };

    for (;; parts.opcode++) {
        const uint8_t byte = *parts.opcode;
        if (byte == 0x66) {
            parts.size = 2;
        } else if (byte != 0x26 && byte != 0x2E && byte != 0x36 && byte != 0x3E && byte != 0x64 &&
                   byte != 0x65 && byte != 0x67 && byte != 0xF0 && byte != 0xF2 && byte != 0xF3) {
            break;
        }
    }
    if ((*parts.opcode & 0xF0) == 0x40) {
        parts.rex = *parts.opcode++;
        parts.size = parts.rex & 8 ? 8 : parts.size;
    }
    return parts;
}

static uint16_t word_at(struct sim_cpu *cpu, uint64_t address)
{
    uint16_t word = 0;

    return read_bytes(cpu, address, &word, sizeof(word)) ? word : 0;
}

/* operand: => the selector that a ModRM byte names */
static uint16_t operand(struct sim_cpu *cpu, const struct parts *parts, const uint8_t *bytes,
                        uint8_t modrm)
{
    if (modrm >= 0xC0) {
        return (uint16_t)cpu_get(cpu, cpu_register_id((modrm & 7) | (parts->rex & 1 ? 8 : 0)));
    }
    return word_at(cpu, operand_address(cpu, bytes, cpu->length));
}

/* code_error: the selector of a far transfer is to blame if no code lies behind it. */
static uint32_t code_error(struct sim_cpu *cpu, uint16_t selector)
{
    uint8_t vector;
    uint32_t error;

    return segment_is_code(cpu, selector, &vector, &error) ? 0 : error;
}

/* return_error: of iret: CS comes first, then SS. */
static uint32_t return_error(struct sim_cpu *cpu, unsigned size)
{
    const uint64_t stack = cpu_get(cpu, UC_X86_REG_RSP);
    uint32_t error;

    if ((cpu_get(cpu, UC_X86_REG_EFLAGS) & FLAG_NT) != 0) {
        return 0;
    }
    error = code_error(cpu, word_at(cpu, stack + size));
    return error != 0 ? error : word_at(cpu, stack + 4 * size) & ~SELECTOR_RPL;
}

static uint32_t two_byte(struct sim_cpu *cpu, const struct parts *parts, const uint8_t *bytes)
{
    const uint8_t modrm = parts->opcode[2];

    switch (parts->opcode[1]) {
    case 0x00: /* lldt, ltr */
        return operand(cpu, parts, bytes, modrm) & ~SELECTOR_RPL;
    case 0xA1: /* pop fs, pop gs */
    case 0xA9:
        return word_at(cpu, cpu_get(cpu, UC_X86_REG_RSP)) & ~SELECTOR_RPL;
    case 0xB2: /* lss, lfs, lgs */
    case 0xB4:
    case 0xB5:
        return word_at(cpu, operand_address(cpu, bytes, cpu->length) + parts->size) &
               ~SELECTOR_RPL;
    default:
        return 0;
    }
}

uint32_t segment_error(struct sim_cpu *cpu, uint8_t vector)
{
    uint8_t copy[SPARE_BYTES];
    const uint8_t *bytes;
    struct parts parts;

    if (cpu->narrow || cpu->code_page != (cpu->address & ~(uint64_t)(SIM_PAGE - 1)) ||
        vector < EXCEPTION_TS || vector > EXCEPTION_GP) {
        return 0;
    }
    bytes = code_bytes(cpu, cpu->length, copy);
    parts = parts_of(bytes);
    switch (parts.opcode[0]) {
    case 0x0F:
        return two_byte(cpu, &parts, bytes);
    case 0x8E: /* mov to a segment register */
        return operand(cpu, &parts, bytes, parts.opcode[1]) & ~SELECTOR_RPL;
    case 0xCA: /* lret */
    case 0xCB:
        return code_error(cpu, word_at(cpu, cpu_get(cpu, UC_X86_REG_RSP) + parts.size));
    case 0xCF:
        return return_error(cpu, parts.size);
    case 0xFF: /* lcall, ljmp */
        return code_error(cpu, word_at(cpu, operand_address(cpu, bytes, cpu->length) + parts.size));
    default:
        return 0;
    }
}
