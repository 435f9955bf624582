/* SPDX-License-Identifier: MIT */
/*
 * cpu_debug.c: the debug registers, breakpoints on code and data, single steps.
 *
 * The engine must not see the registers: it would look for breakpoints by
 * itself, and leave the program in the middle of a hook when it meets one.  So
 * they are kept here.  While a breakpoint on code is set every instruction is
 * looked at; one on data is noticed by the memory hook, and the trap comes
 * before the next instruction.  Breakpoints on ports are not offered.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Debug Registers".
 */
#include "cpu.h"

#define DR6_ALWAYS 0xFFFF0FF0ull
#define DR6_WRITES 0x0000E00Full
#define DR6_ACCESS 0x00002000u /* BD: the debug registers were used though DR7.GD is set */
#define DR6_STEP   0x00004000u /* BS */
#define DR7_ALWAYS 0x00000400ull
#define DR7_WRITES 0xFFFF2BFFull
#define DR7_GD     0x00002000ull

#define CR4_DE 0x08ull

enum breakpoint { BREAK_CODE, BREAK_WRITE, BREAK_PORT, BREAK_ACCESS };

static bool is_set(const struct sim_cpu *cpu, unsigned i)
{
    return (cpu->dr7 >> 2 * i & 3) != 0;
}

static enum breakpoint kind_of(const struct sim_cpu *cpu, unsigned i)
{
    return (enum breakpoint)(cpu->dr7 >> (16 + 4 * i) & 3);
}

/* length_of: => bytes that a breakpoint on data covers */
static unsigned length_of(const struct sim_cpu *cpu, unsigned i)
{
    static const uint8_t lengths[4] = { 1, 2, 8, 4 };

    return lengths[cpu->dr7 >> (18 + 4 * i) & 3];
}

/* breaks_on_code: is there such a breakpoint? */
static bool breaks_on_code(const struct sim_cpu *cpu)
{
    for (unsigned i = 0; i < 4; i++) {
        if (is_set(cpu, i) && kind_of(cpu, i) == BREAK_CODE) {
            return true;
        }
    }
    return false;
}

static void attend_if_needed(struct sim_cpu *cpu)
{
    cpu->attention &= ~ATTEND_DEBUG;
    if (cpu->debug_hits != 0 || breaks_on_code(cpu)) {
        cpu->attention |= ATTEND_DEBUG;
    }
}

static void set_control(struct sim_cpu *cpu, uint64_t value)
{
    cpu->dr7 = (value & DR7_WRITES) | DR7_ALWAYS;
    cpu->watches_data = false;
    for (unsigned i = 0; i < 4; i++) {
        const enum breakpoint kind = kind_of(cpu, i);
        cpu->watches_data =
            cpu->watches_data || (is_set(cpu, i) && (kind == BREAK_WRITE || kind == BREAK_ACCESS));
    }
    attend_if_needed(cpu);
}

void debug_reset(struct sim_cpu *cpu)
{
    for (unsigned i = 0; i < 4; i++) {
        cpu->dr[i] = 0;
    }
    cpu->dr6 = DR6_ALWAYS;
    cpu->debug_hits = 0;
    set_control(cpu, 0);
}

/* raise: #DB, before the instruction at RIP. => false */
static bool raise(struct sim_cpu *cpu, uint32_t why)
{
    cpu->dr6 |= why;
    cpu->debug_hits = 0;
    attend_if_needed(cpu);
    deliver_exception(cpu, EXCEPTION_DB, false, 0, 0);
    return false;
}

/* write_register: => false: #GP */
static bool write_register(struct sim_cpu *cpu, unsigned number, uint64_t value)
{
    if (number < 4) {
        cpu->dr[number] = value;
        return true;
    }
    if (value >> 32 != 0) {
        return false;
    }
    if (number == 6) {
        cpu->dr6 = (value & DR6_WRITES) | DR6_ALWAYS;
    } else {
        set_control(cpu, value);
    }
    return true;
}

static uint64_t read_register(const struct sim_cpu *cpu, unsigned number)
{
    return number < 4 ? cpu->dr[number] : number == 6 ? cpu->dr6 : cpu->dr7;
}

bool debug_mov(struct sim_cpu *cpu, const struct decoded *decoded)
{
    const int id = cpu_register_id((decoded->modrm & 7) | (decoded->rex & 1 ? 8 : 0));
    unsigned number = decoded->modrm >> 3 & 7;

    if ((decoded->rex & 4) != 0 || ((number == 4 || number == 5) && (cpu->cr4 & CR4_DE) != 0)) {
        deliver_exception(cpu, EXCEPTION_UD, false, 0, 0);
        return false;
    }
    number |= number == 4 || number == 5 ? 2 : 0;
    if ((cpu->dr7 & DR7_GD) != 0) {
        cpu->dr7 &= ~DR7_GD;
        return raise(cpu, DR6_ACCESS);
    }
    if (decoded->kind == INSN_MOV_FROM_DR) {
        cpu_set(cpu, id, read_register(cpu, number));
    } else if (!write_register(cpu, number, cpu_get(cpu, id))) {
        deliver_exception(cpu, EXCEPTION_GP, true, 0, 0);
        return false;
    }
    return cpu_skip(cpu, decoded);
}

void debug_stepped(struct sim_cpu *cpu)
{
    cpu->debug_hits |= DR6_STEP;
    cpu->attention |= ATTEND_DEBUG;
}

void debug_access(struct sim_cpu *cpu, uint64_t address, unsigned size, bool write)
{
    for (unsigned i = 0; i < 4; i++) {
        const enum breakpoint kind = kind_of(cpu, i);
        const uint64_t begin = cpu->dr[i] & ~(uint64_t)(length_of(cpu, i) - 1);

        if (is_set(cpu, i) && (kind == BREAK_ACCESS || (kind == BREAK_WRITE && write)) &&
            address < begin + length_of(cpu, i) && begin < address + size) {
            cpu->debug_hits |= 1u << i;
            cpu->attention |= ATTEND_DEBUG;
        }
    }
}

bool debug_attend(struct sim_cpu *cpu)
{
    uint32_t hits = cpu->debug_hits;

    if (hits == 0) {
        for (unsigned i = 0; i < 4; i++) {
            if (is_set(cpu, i) && kind_of(cpu, i) == BREAK_CODE && cpu->dr[i] == cpu->address) {
                hits |= 1u << i;
            }
        }
        /* A handler resumes the instruction by setting RF. */
        if (hits == 0 || (cpu_get(cpu, UC_X86_REG_EFLAGS) & FLAG_RF) != 0) {
            return true;
        }
    }
    return raise(cpu, hits);
}
