/* SPDX-License-Identifier: MIT */
/* watch_registers.c: what C13 promises to keep: read, compared, named. */
#include "watch_state.h"

#define FLAGS_ARITHMETIC 0x8D5u /* CF PF AF ZF SF OF */
#define FLAG_DF          0x400u
#define MXCSR_CONTROL    0xFFC0u
#define READ_COUNT       34u

static const int general_ids[16] = {
    UC_X86_REG_RAX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RBX,
    UC_X86_REG_RSP, UC_X86_REG_RBP, UC_X86_REG_RSI, UC_X86_REG_RDI,
    UC_X86_REG_R8,  UC_X86_REG_R9,  UC_X86_REG_R10, UC_X86_REG_R11,
    UC_X86_REG_R12, UC_X86_REG_R13, UC_X86_REG_R14, UC_X86_REG_R15,
};
static const int xmm_ids[16] = {
    UC_X86_REG_XMM0,  UC_X86_REG_XMM1,  UC_X86_REG_XMM2,  UC_X86_REG_XMM3,
    UC_X86_REG_XMM4,  UC_X86_REG_XMM5,  UC_X86_REG_XMM6,  UC_X86_REG_XMM7,
    UC_X86_REG_XMM8,  UC_X86_REG_XMM9,  UC_X86_REG_XMM10, UC_X86_REG_XMM11,
    UC_X86_REG_XMM12, UC_X86_REG_XMM13, UC_X86_REG_XMM14, UC_X86_REG_XMM15,
};

/* In the order of the bits of a set. */
static const char *const names[] = {
    "rax",   "rcx",   "rdx",   "rbx",   "rsp",   "rbp",   "rsi",
    "rdi",   "r8",    "r9",    "r10",   "r11",   "r12",   "r13",
    "r14",   "r15",   "xmm0",  "xmm1",  "xmm2",  "xmm3",  "xmm4",
    "xmm5",  "xmm6",  "xmm7",  "xmm8",  "xmm9",  "xmm10", "xmm11",
    "xmm12", "xmm13", "xmm14", "xmm15", "rflags", "the direction flag",
    "the interrupt flag", "mxcsr", "the IRQL",
};

/* read_set: read the general and XMM registers of a set, and all else. */
static inline void read_set(struct sim_cpu *cpu, struct watch_registers *registers, uint64_t set)
{
    int ids[READ_COUNT];
    void *values[READ_COUNT];
    int count = 0;

    for (unsigned i = 0; i < 16; i++) {
        if (set & REGISTER_GENERAL(i)) {
            ids[count] = general_ids[i];
            values[count++] = &registers->general[i];
        }
        if (set & REGISTER_XMM(i)) {
            ids[count] = xmm_ids[i];
            values[count++] = registers->xmm[i];
        }
    }
    registers->flags = 0;
    registers->mxcsr = 0;
    ids[count] = UC_X86_REG_EFLAGS;
    values[count++] = &registers->flags;
    ids[count] = UC_X86_REG_MXCSR;
    values[count++] = &registers->mxcsr;
    uc_reg_read_batch(cpu->engine, ids, values, count);
    registers->flags = (uint32_t)registers->flags;
    registers->cr8 = sim_apic_cr8(cpu->apic);
}

void watch_read_registers(struct sim_cpu *cpu, struct watch_registers *registers)
{
    read_set(cpu, registers, REGISTER_ALL);
}

void watch_read_kept(struct sim_cpu *cpu, struct watch_registers *registers)
{
    read_set(cpu, registers, REGISTER_GENERAL(0) | REGISTER_KEPT);
}

uint64_t watch_differing(const struct watch_registers *a, const struct watch_registers *b,
                         uint64_t of)
{
    const uint64_t flags = a->flags ^ b->flags;
    uint64_t set = 0;

    for (unsigned i = 0; i < 16; i++) {
        const uint64_t low = a->xmm[i][0] ^ b->xmm[i][0], high = a->xmm[i][1] ^ b->xmm[i][1];

        set |= a->general[i] != b->general[i] ? REGISTER_GENERAL(i) : 0;
        set |= (low | high) != 0 ? REGISTER_XMM(i) : 0;
    }
    set |= (flags & FLAGS_ARITHMETIC) != 0 ? REGISTER_FLAGS : 0;
    set |= (flags & FLAG_DF) != 0 ? REGISTER_DF : 0;
    set |= (flags & FLAG_IF) != 0 ? REGISTER_IF : 0;
    set |= ((a->mxcsr ^ b->mxcsr) & MXCSR_CONTROL) != 0 ? REGISTER_MXCSR : 0;
    set |= a->cr8 != b->cr8 ? REGISTER_CR8 : 0;
    return set & of;
}

static uint64_t value_of(const struct watch_registers *registers, unsigned number, unsigned half)
{
    switch (1ull << number) {
    case REGISTER_FLAGS:
        return registers->flags & FLAGS_ARITHMETIC;
    case REGISTER_DF:
        return (registers->flags & FLAG_DF) != 0;
    case REGISTER_IF:
        return (registers->flags & FLAG_IF) != 0;
    case REGISTER_MXCSR:
        return registers->mxcsr & MXCSR_CONTROL;
    case REGISTER_CR8:
        return registers->cr8;
    default:
        return number < 16 ? registers->general[number] : registers->xmm[number - 16][half];
    }
}

void watch_changed(struct sim_cpu *cpu, struct sim_finding *finding, uint64_t set,
                   const struct watch_registers *expected, const struct watch_registers *actual)
{
    const unsigned number = (unsigned)__builtin_ctzll(set);
    const unsigned half = value_of(expected, number, 0) == value_of(actual, number, 0);

    finding->found = SIM_FOUND_CHANGED;
    finding->what = names[number];
    finding->expected = value_of(expected, number, half);
    finding->actual = value_of(actual, number, half);
    watch_report(cpu, finding);
}
