/* SPDX-License-Identifier: MIT */
/*
 * cpu_fpu.c: x87 and SSE that have been turned off.
 *
 * The engine has derived what it may do from CR0 and CR4 before the program
 * could change them, and does not look again.  So while not all may be used,
 * each instruction is looked at.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Control
 * Registers", and the tables of exceptions of volume 2.
 */
#include "cpu.h"

#define CR0_MP     0x002ull
#define CR0_EM     0x004ull
#define CR4_OSFXSR 0x200ull

enum unit { UNIT_NONE, UNIT_X87, UNIT_WAIT, UNIT_MMX, UNIT_SSE, UNIT_SAVE };

void fpu_control(struct sim_cpu *cpu)
{
    cpu->fpu_off = !cpu->narrow && ((cpu->cr0 & (CR0_EM | CR0_TS)) != 0 ||
                                    (cpu->cr4 & CR4_OSFXSR) == 0);
}

/* of_state: 0F AE: fxsave, fxrstor, ldmxcsr, stmxcsr; the rest are fences and the like */
static enum unit of_state(uint8_t modrm)
{
    const unsigned field = modrm >> 3 & 7;

    return modrm >= 0xC0 ? UNIT_NONE : field < 2 ? UNIT_SAVE : field < 4 ? UNIT_SSE : UNIT_NONE;
}

/* of_two: 0F xx; sse: with a mandatory prefix */
static enum unit of_two(const uint8_t *opcode, bool sse)
{
    switch (opcode[0]) {
    case 0x10 ... 0x17:
    case 0x28 ... 0x29:
    case 0x2B:
    case 0x2E ... 0x2F:
    case 0x50 ... 0x5F:
    case 0xC2:
    case 0xC6:
        return UNIT_SSE;
    case 0x2A:
    case 0x2C ... 0x2D:
        return UNIT_SSE;
    case 0x38:
        return opcode[1] >= 0xF0 ? UNIT_NONE : sse ? UNIT_SSE : UNIT_MMX;
    case 0x3A:
    case 0x60 ... 0x77:
    case 0x7C ... 0x7F:
    case 0xC4 ... 0xC5:
    case 0xD0 ... 0xFE:
        return sse ? UNIT_SSE : UNIT_MMX;
    case 0xAE:
        return of_state(opcode[1]);
    default:
        return UNIT_NONE;
    }
}

/* unit_of: => what an instruction needs */
static enum unit unit_of(const uint8_t *bytes)
{
    bool sse = false;

    for (;; bytes++) {
        if (*bytes == 0x66 || *bytes == 0xF2 || *bytes == 0xF3) {
            sse = true;
        } else if (*bytes != 0x26 && *bytes != 0x2E && *bytes != 0x36 && *bytes != 0x3E &&
                   *bytes != 0x64 && *bytes != 0x65 && *bytes != 0x67 && (*bytes & 0xF0) != 0x40) {
            break;
        }
    }
    if (*bytes == 0x9B) {
        return UNIT_WAIT;
    }
    if (*bytes >= 0xD8 && *bytes <= 0xDF) {
        return UNIT_X87;
    }
    return *bytes == 0x0F ? of_two(bytes + 1, sse) : UNIT_NONE;
}

bool fpu_attend(struct sim_cpu *cpu, const uint8_t *bytes)
{
    const bool emulated = (cpu->cr0 & CR0_EM) != 0, switched = (cpu->cr0 & CR0_TS) != 0;
    bool undefined = false, absent = switched;

    switch (unit_of(bytes)) {
    case UNIT_NONE:
        return true;
    case UNIT_WAIT:
        absent = switched && (cpu->cr0 & CR0_MP) != 0;
        break;
    case UNIT_X87:
    case UNIT_SAVE:
        absent = switched || emulated;
        break;
    case UNIT_MMX:
        undefined = emulated;
        break;
    case UNIT_SSE:
        undefined = emulated || (cpu->cr4 & CR4_OSFXSR) == 0;
        break;
    }
    if (!undefined && !absent) {
        return true;
    }
    deliver_exception(cpu, undefined ? EXCEPTION_UD : EXCEPTION_NM, false, 0, 0);
    return false;
}
