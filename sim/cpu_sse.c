/* SPDX-License-Identifier: MIT */
/*
 * cpu_sse.c: which instructions need their operand in memory aligned to 16.
 *
 * Those of SSE whose operand has 16 bytes, but for the few that are made for
 * unaligned ones.  The engine does not ask for it.
 * Reference: Intel, "Software Developer's Manual", volume 2, "Opcode Map", and
 * volume 1, "Alignment of Packed Data".
 */
#include "cpu.h"

/* By mandatory prefix: none, 66, F3, F2: one bit each. */
#define NP 1u
#define PD 2u
#define SS 4u
#define SD 8u

/* 0F xx */
static const uint8_t second[256] = {
    [0x14 ... 0x15] = NP | PD,
    [0x28 ... 0x29] = NP | PD,
    [0x2B] = NP | PD,
    [0x2C ... 0x2D] = PD,
    [0x51] = NP | PD,
    [0x52 ... 0x53] = NP,
    [0x54 ... 0x59] = NP | PD,
    [0x5A] = PD,
    [0x5B] = NP | PD | SS,
    [0x5C ... 0x5F] = NP | PD,
    [0x60 ... 0x6D] = PD,
    [0x6F] = PD,
    [0x70] = PD | SS | SD,
    [0x74 ... 0x76] = PD,
    [0x7C ... 0x7D] = PD | SD,
    [0x7F] = PD,
    [0xC2] = NP | PD,
    [0xC6] = NP | PD,
    [0xD0] = PD | SD,
    [0xD1 ... 0xD5] = PD,
    [0xD8 ... 0xE5] = PD,
    [0xE6] = PD | SD,
    [0xE7 ... 0xEF] = PD,
    [0xF1 ... 0xF6] = PD,
    [0xF8 ... 0xFE] = PD,
};

/* is_aligned_38: 66 0F 38 xx */
static bool is_aligned_38(uint8_t opcode)
{
    return opcode <= 0x0B || opcode == 0x10 || opcode == 0x14 || opcode == 0x15 ||
           opcode == 0x17 || (opcode >= 0x1C && opcode <= 0x1E) ||
           (opcode >= 0x28 && opcode <= 0x2B) || (opcode >= 0x37 && opcode <= 0x41) ||
           (opcode >= 0xDB && opcode <= 0xDF);
}

/* is_aligned_3a: 66 0F 3A xx */
static bool is_aligned_3a(uint8_t opcode)
{
    return opcode == 0x08 || opcode == 0x09 || (opcode >= 0x0C && opcode <= 0x0F) ||
           (opcode >= 0x40 && opcode <= 0x44) || opcode == 0xDF;
}

bool sse_is_aligned(const uint8_t *opcode, bool operand, bool repeat, bool repeat_not)
{
    const unsigned prefix = repeat ? SS : repeat_not ? SD : operand ? PD : NP;

    if (opcode[0] == 0x38 || opcode[0] == 0x3A) {
        return prefix == PD && opcode[2] < 0xC0 &&
               (opcode[0] == 0x38 ? is_aligned_38(opcode[1]) : is_aligned_3a(opcode[1]));
    }
    return (second[opcode[0]] & prefix) != 0 && opcode[1] < 0xC0;
}
