/* SPDX-License-Identifier: MIT */
/*
 * cpu_decode.c: which instructions the engine does not do as a processor does,
 * or that the scheduler wants to know.
 *
 * The engine knows an instruction's length, so that only prefixes, opcode and
 * ModRM have to be looked at.
 * Reference: Intel, "Software Developer's Manual", volume 2, "Opcode Map".
 */
#include "cpu.h"

#define PREFIX 1 /* look at the next byte */
#define LOOK   2 /* this byte itself decides */

/* Everything that is not in here is plain, in 64-bit code. */
const uint8_t decode_interesting[256] = {
    [0x0F] = LOOK,
    [0x17] = LOOK,
    [0x26] = PREFIX,
    [0x2E] = PREFIX,
    [0x36] = PREFIX,
    [0x3E] = PREFIX,
    [0x40 ... 0x4F] = PREFIX,
    [0x62] = LOOK,
    [0x64] = PREFIX,
    [0x65] = PREFIX,
    [0x66] = PREFIX,
    [0x67] = PREFIX,
    [0x6C ... 0x6F] = LOOK,
    [0x86 ... 0x87] = LOOK,
    [0x8E ... 0x8F] = LOOK,
    [0x90] = LOOK,
    [0x9D] = LOOK,
    [0xA4 ... 0xA5] = LOOK,
    [0xAA ... 0xAB] = LOOK,
    [0xC4 ... 0xC5] = LOOK,
    [0xC8] = LOOK,
    [0xCA ... 0xCD] = LOOK,
    [0xCF] = LOOK,
    [0xD9] = LOOK,
    [0xDB] = LOOK,
    [0xDD] = LOOK,
    [0xDF] = LOOK,
    [0xE4 ... 0xE7] = LOOK,
    [0xEC ... 0xEF] = LOOK,
    [0xF0] = PREFIX,
    [0xF1] = LOOK,
    [0xF2 ... 0xF3] = PREFIX,
    [0xF4] = LOOK,
    [0xFA ... 0xFB] = LOOK,
    [0xFF] = LOOK,
};

/* What stood before the opcode. */
struct prefixes {
    bool lock, repeat, repeat_not, operand;
    bool other; /* segment, address size, repne */
};

static bool is_memory(uint8_t modrm)
{
    return modrm < 0xC0;
}

static unsigned field(uint8_t modrm)
{
    return modrm >> 3 & 7;
}

/* lockable_two: the same for 0F xx */
static bool lockable_two(uint8_t opcode, unsigned field)
{
    switch (opcode) {
    case 0xAB: /* bts, btr, btc */
    case 0xB3:
    case 0xBB:
    case 0xB0: /* cmpxchg, xadd */
    case 0xB1:
    case 0xC0:
    case 0xC1:
        return true;
    case 0xBA: /* bts, btr, btc */
        return field >= 5;
    case 0xC7: /* cmpxchg8b, cmpxchg16b */
        return field == 1;
    default:
        return false;
    }
}

bool decode_is_lockable(const uint8_t *opcode)
{
    const uint8_t modrm = opcode[0] == 0x0F ? opcode[2] : opcode[1];

    if (!is_memory(modrm)) {
        return false;
    }
    switch (opcode[0]) {
    case 0x0F:
        return lockable_two(opcode[1], field(modrm));
    case 0x00 ... 0x01: /* add, or, adc, sbb, and, sub, xor */
    case 0x08 ... 0x09:
    case 0x10 ... 0x11:
    case 0x18 ... 0x19:
    case 0x20 ... 0x21:
    case 0x28 ... 0x29:
    case 0x30 ... 0x31:
    case 0x86 ... 0x87: /* xchg */
        return true;
    case 0x80 ... 0x81: /* the same with an immediate, not cmp */
    case 0x83:
        return field(modrm) != 7;
    case 0xF6 ... 0xF7: /* not, neg */
        return field(modrm) == 2 || field(modrm) == 3;
    case 0xFE ... 0xFF: /* inc, dec */
        return field(modrm) < 2;
    default:
        return false;
    }
}

/* group_01: 0F 01, whose ModRM is the rest of the opcode where it names no memory. */
static enum instruction group_01(uint8_t modrm)
{
    if (is_memory(modrm)) {
        switch (field(modrm)) {
        case 6:
            return INSN_LMSW;
        case 7:
            return INSN_INVLPG;
        default:
            return INSN_PLAIN;
        }
    }
    switch (modrm) {
    case 0xF8: /* swapgs */
        return INSN_PLAIN;
    case 0xF9:
        return INSN_RDTSCP;
    default:
        return field(modrm) == 4 ? INSN_SMSW : field(modrm) == 6 ? INSN_LMSW : INSN_UNDEFINED;
    }
}

/* group_c7: 0F C7: cmpxchg8b, cmpxchg16b; rdrand, rdseed and virtualisation are not offered. */
static enum instruction group_c7(uint8_t modrm, const struct prefixes *prefixes)
{
    if (is_memory(modrm)) {
        return field(modrm) != 1 ? INSN_UNDEFINED : prefixes->lock ? INSN_LOCKED : INSN_PLAIN;
    }
    return INSN_UNDEFINED;
}

/* two_byte: 0F xx */
static enum instruction two_byte(const uint8_t *opcode, const struct prefixes *prefixes)
{
    switch (opcode[0]) {
    case 0x01:
        return group_01(opcode[1]);
    case 0x05: /* syscall, sysret, sysenter, sysexit: there is no user mode */
    case 0x07:
    case 0x34:
    case 0x35:
    case 0x37: /* getsec */
    case 0x78: /* vmread, vmwrite */
    case 0x79:
        return INSN_UNDEFINED;
    case 0x06:
        return INSN_CLTS;
    case 0x20:
        return INSN_MOV_FROM_CR;
    case 0x21:
        return INSN_MOV_FROM_DR;
    case 0x22:
        return INSN_MOV_TO_CR;
    case 0x23:
        return INSN_MOV_TO_DR;
    case 0x30:
        return INSN_WRMSR;
    case 0x31:
        return INSN_RDTSC;
    case 0x32:
        return INSN_RDMSR;
    case 0xA2:
        return INSN_CPUID;
    case 0xAE: /* fxsave; fxrstor, ldmxcsr */
        if (!is_memory(opcode[1]) || field(opcode[1]) > 2) {
            return INSN_PLAIN;
        }
        return field(opcode[1]) == 0 ? INSN_SAVES : INSN_MXCSR;
    case 0xB2: /* lss */
        return INSN_SHADOW;
    case 0xC7:
        return group_c7(opcode[1], prefixes);
    default:
        if (prefixes->lock) {
            return INSN_LOCKED;
        }
        return sse_is_aligned(opcode, prefixes->operand, prefixes->repeat, prefixes->repeat_not)
                   ? INSN_ALIGNED
                   : INSN_PLAIN;
    }
}

static bool is_string(const struct prefixes *prefixes, const struct decoded *decoded)
{
    return prefixes->repeat && !prefixes->other && decoded->wide;
}

/* width_of: the size of the operand, from opcode and prefixes. */
static uint8_t width_of(uint8_t opcode, const struct prefixes *prefixes, uint8_t rex)
{
    if ((opcode & 1) == 0) {
        return 1;
    }
    return rex & 8 ? 8 : prefixes->operand ? 2 : 4;
}

static enum instruction one_byte(const uint8_t *opcode, const struct prefixes *prefixes,
                                 const struct decoded *decoded)
{
    switch (opcode[0]) {
    case 0x0F:
        return two_byte(opcode + 1, prefixes);
    case 0x17: /* pop ss, not in 64-bit code */
        return decoded->wide ? INSN_UNDEFINED : INSN_SHADOW;
    case 0x62: /* EVEX, VEX: AVX and BMI are not offered */
    case 0xC4:
    case 0xC5:
        return decoded->wide || !is_memory(opcode[1]) ? INSN_UNDEFINED : INSN_PLAIN;
    case 0x6C ... 0x6F:
    case 0xE4 ... 0xE7:
    case 0xEC ... 0xEF:
    case 0xFA:
        return INSN_POINT;
    case 0x86: /* xchg with memory is locked by itself */
    case 0x87:
        return is_memory(opcode[1]) ? INSN_LOCKED : INSN_PLAIN;
    case 0x8E:
        return field(opcode[1]) == 2 ? INSN_SHADOW : INSN_PLAIN;
    case 0x8F: /* pop; the other encodings are XOP */
        return field(opcode[1]) == 0 ? INSN_PLAIN : INSN_UNDEFINED;
    case 0x90:
        return prefixes->repeat && (decoded->rex & 1) == 0 ? INSN_PAUSE : INSN_PLAIN;
    case 0x9D:
        return INSN_FLAGS;
    case 0xA4:
    case 0xA5:
        return is_string(prefixes, decoded) ? INSN_MOVES : INSN_PLAIN;
    case 0xAA:
    case 0xAB:
        return is_string(prefixes, decoded) ? INSN_STORES : INSN_PLAIN;
    case 0xC8: /* enter */
        return INSN_SAVES;
    case 0xCA:
    case 0xCB:
        return INSN_FAR;
    case 0xCC:
        return INSN_INT3;
    case 0xCD:
        return INSN_INT;
    case 0xCF:
        return INSN_IRET;
    case 0xD9: /* fnstenv */
    case 0xDD: /* fnsave */
    case 0xDF: /* fbstp */
        return is_memory(opcode[1]) && field(opcode[1]) == 6 ? INSN_SAVES : INSN_PLAIN;
    case 0xDB: /* fstp of 80 bits */
        return is_memory(opcode[1]) && field(opcode[1]) == 7 ? INSN_SAVES : INSN_PLAIN;
    case 0xF1:
        return INSN_INT1;
    case 0xF4:
        return INSN_HLT;
    case 0xFB:
        return INSN_STI;
    case 0xFF:
        if (is_memory(opcode[1]) && (field(opcode[1]) == 3 || field(opcode[1]) == 5)) {
            return INSN_FAR;
        }
        return prefixes->lock ? INSN_LOCKED : INSN_PLAIN;
    default:
        return prefixes->lock ? INSN_LOCKED : INSN_PLAIN;
    }
}

static bool is_other(uint8_t byte)
{
    return byte == 0x26 || byte == 0x2E || byte == 0x36 || byte == 0x3E || byte == 0x64 ||
           byte == 0x65 || byte == 0x67 || byte == 0xF2;
}

static bool is_prefix(uint8_t byte, bool wide)
{
    return decode_interesting[byte] == PREFIX && (wide || byte < 0x40 || byte > 0x4F);
}

void decode(const uint8_t *bytes, uint32_t length, bool wide, struct decoded *out)
{
    struct prefixes prefixes = { 0 };
    uint32_t i = 0;

    *out = (struct decoded){ .kind = INSN_PLAIN, .length = (uint8_t)length, .wide = wide };
    for (; i < length && is_prefix(bytes[i], wide); i++) {
        prefixes.lock = prefixes.lock || bytes[i] == 0xF0;
        prefixes.repeat = prefixes.repeat || bytes[i] == 0xF3;
        prefixes.repeat_not = prefixes.repeat_not || bytes[i] == 0xF2;
        prefixes.operand = prefixes.operand || bytes[i] == 0x66;
        prefixes.other = prefixes.other || is_other(bytes[i]);
        out->rex = wide && (bytes[i] & 0xF0) == 0x40 ? bytes[i] : 0;
    }
    if (i >= length) {
        return;
    }
    out->kind = one_byte(bytes + i, &prefixes, out);
    if (prefixes.lock && !decode_is_lockable(bytes + i)) {
        out->kind = INSN_UNDEFINED;
    }
    out->width = width_of(bytes[i], &prefixes, out->rex);
    out->modrm = i + 2 < length ? bytes[i + 2] : 0;
    out->immediate = i + 1 < length ? bytes[i + 1] : 0;
}
