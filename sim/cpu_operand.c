/* SPDX-License-Identifier: MIT */
/*
 * cpu_operand.c: where a memory operand is.
 *
 * Only for the few instructions whose operand the engine does not tell: 64-bit
 * code, ModRM with its scale byte and displacement.
 */
#include "cpu.h"

#include <string.h>

#define REX_B 1
#define REX_X 2

static bool is_prefix(uint8_t byte)
{
    return byte == 0x26 || byte == 0x2E || byte == 0x36 || byte == 0x3E ||
           (byte >= 0x64 && byte <= 0x67) || byte == 0xF0 || byte == 0xF2 || byte == 0xF3;
}

static int64_t displacement(const uint8_t *bytes, unsigned mod)
{
    int32_t wide;

    if (mod == 1) {
        return (int8_t)bytes[0];
    }
    memcpy(&wide, bytes, sizeof(wide));
    return wide;
}

/* scaled: base and index of a scale byte. => *bare: no base but a displacement of 32 bits */
static uint64_t scaled(struct sim_cpu *cpu, uint8_t scale, unsigned mod, uint8_t rex, bool *bare)
{
    const unsigned index = (scale >> 3 & 7) | (rex & REX_X ? 8 : 0);
    const unsigned base = (scale & 7) | (rex & REX_B ? 8 : 0);
    uint64_t address = index == 4 ? 0 : cpu_get(cpu, cpu_register_id(index)) << (scale >> 6);

    *bare = mod == 0 && (scale & 7) == 5;
    return *bare ? address : address + cpu_get(cpu, cpu_register_id(base));
}

uint64_t operand_address(struct sim_cpu *cpu, const uint8_t *bytes, uint32_t length)
{
    const uint8_t *at = bytes;
    uint64_t address = 0;
    uint8_t segment = 0, rex = 0, modrm;
    bool narrow = false, bare = false;
    unsigned mod;

    for (; is_prefix(*at); at++) {
        segment = *at == 0x64 || *at == 0x65 ? *at : segment;
        narrow = narrow || *at == 0x67;
    }
    if ((*at & 0xF0) == 0x40) {
        rex = *at++;
    }
    at += *at == 0x0F ? 2 : 1;
    modrm = *at++;
    mod = modrm >> 6;
    if ((modrm & 7) == 4) {
        address = scaled(cpu, *at++, mod, rex, &bare);
    } else if (mod == 0 && (modrm & 7) == 5) {
        address = cpu->address + length;
        bare = true;
    } else {
        address = cpu_get(cpu, cpu_register_id((modrm & 7) | (rex & REX_B ? 8 : 0)));
    }
    if (mod != 0 || bare) {
        address += (uint64_t)displacement(at, bare ? 2 : mod);
    }
    address = narrow ? (uint32_t)address : address;
    if (segment != 0) {
        address += cpu_get(cpu, segment == 0x65 ? UC_X86_REG_GS_BASE : UC_X86_REG_FS_BASE);
    }
    return address;
}

bool operand_read(struct sim_cpu *cpu, uint64_t address, void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++, address++) {
        const struct tlb_region *region;
        uint32_t error = 0;

        if (!mmu_is_canonical(address)) {
            deliver_exception(cpu, EXCEPTION_GP, true, 0, 0);
            return false;
        }
        if (tlb_find(cpu, address) == NULL && !tlb_fill(cpu, address, MMU_READ, &error)) {
            deliver_exception(cpu, EXCEPTION_PF, true, error, address);
            return false;
        }
        region = tlb_find(cpu, address);
        ((uint8_t *)bytes)[i] =
            region != NULL && region->kind == TLB_RAM
                ? cpu->machine->ram[region->physical + (address - region->begin)]
                : 0xFF;
    }
    return true;
}

bool operand_writable(struct sim_cpu *cpu, uint64_t address, unsigned size)
{
    const uint64_t last = (address + size - 1) | (SIM_PAGE - 1);
    uint32_t error = 0;

    if (!mmu_is_canonical(address) || !mmu_is_canonical(address + size - 1)) {
        deliver_exception(cpu, EXCEPTION_GP, true, 0, 0);
        return false;
    }
    for (uint64_t page = address; page - 1 < last; page = (page | (SIM_PAGE - 1)) + 1) {
        const struct tlb_region *region = tlb_find(cpu, page);
        const bool there = region != NULL && (region->protection & UC_PROT_WRITE) != 0;

        if (!there && !tlb_fill(cpu, page, MMU_WRITE, &error)) {
            deliver_exception(cpu, EXCEPTION_PF, true, error, page);
            return false;
        }
    }
    return true;
}

/* state_size: of fnstenv, fnsave, fxsave, fstp, fbstp; bytes: behind the prefixes */
static unsigned state_size(const uint8_t *opcode)
{
    switch (opcode[0]) {
    case 0x0F:
        return 512;
    case 0xD9:
        return 28;
    case 0xDD:
        return 108;
    default:
        return 10;
    }
}

unsigned operand_saved(struct sim_cpu *cpu, const uint8_t *bytes, uint64_t *address)
{
    const uint8_t *at = bytes;

    while (is_prefix(*at) || (*at & 0xF0) == 0x40) {
        at++;
    }
    if (*at == 0xC8) {
        /* enter: RBP, and the frame pointers of so many levels */
        const unsigned size = 8 * (1 + (at[3] & 31));
        *address = cpu_get(cpu, UC_X86_REG_RSP) - size;
        return size;
    }
    *address = operand_address(cpu, bytes, cpu->length);
    return state_size(at);
}
