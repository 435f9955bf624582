/* SPDX-License-Identifier: MIT */
/*
 * cpu_msr.c: the model-specific registers of a processor.
 *
 * A register that is not in the table does not exist: #GP, as on a processor.
 * What is in it is the architectural set of a processor that offers what
 * cpu_cpuid.c says; most only hold what is written to them.
 * Reference: Intel, "Software Developer's Manual", volume 4, "Architectural MSRs".
 */
#include "cpu.h"

#define MSR_TSC            0x10u
#define MSR_APIC_BASE      0x1Bu
#define MSR_X2APIC_FIRST   0x800u
#define MSR_X2APIC_LAST    0x8FFu
#define MSR_MPERF          0xE7u
#define MSR_APERF          0xE8u
#define MSR_EFER           0xC0000080u
#define MSR_FS_BASE        0xC0000100u
#define MSR_GS_BASE        0xC0000101u
#define MSR_KERNEL_GS_BASE 0xC0000102u

#define EFER_DEFINED (EFER_SCE | EFER_LME | EFER_NXE)

/* How a write is checked. */
enum rule {
    RULE_ANY,
    RULE_CONSTANT,  /* #GP */
    RULE_IGNORED,   /* read-only, but a write does nothing */
    RULE_CANONICAL, /* an address */
    RULE_32_BITS,
};

struct msr {
    uint32_t first, last; /* a range of registers that are alike */
    enum rule rule;
    uint64_t reset;
};

/* Ascending.  Each register has a place in sim_cpu.msrs: the number of those before it. */
static const struct msr table[] = {
    { 0x017, 0x017, RULE_CONSTANT, 0 },                /* IA32_PLATFORM_ID */
    { 0x03A, 0x03A, RULE_CONSTANT, 1 },                /* IA32_FEATURE_CONTROL: locked, no VMX */
    { 0x079, 0x079, RULE_IGNORED, 0 },                 /* IA32_BIOS_UPDT_TRIG */
    { 0x08B, 0x08B, RULE_ANY, 0 },                     /* IA32_BIOS_SIGN_ID */
    { 0x0FE, 0x0FE, RULE_CONSTANT, 0x508 },            /* IA32_MTRRCAP: 8 ranges, fixed, WC */
    { 0x174, 0x174, RULE_32_BITS, 0 },                 /* IA32_SYSENTER_CS */
    { 0x175, 0x176, RULE_CANONICAL, 0 },               /* .._ESP, .._EIP */
    { 0x179, 0x179, RULE_CONSTANT, 0 },                /* IA32_MCG_CAP: no banks */
    { 0x17A, 0x17A, RULE_ANY, 0 },                     /* IA32_MCG_STATUS */
    { 0x198, 0x198, RULE_CONSTANT, 0 },                /* IA32_PERF_STATUS */
    { 0x199, 0x199, RULE_ANY, 0 },                     /* IA32_PERF_CTL */
    { 0x1A0, 0x1A0, RULE_ANY, 1 },                     /* IA32_MISC_ENABLE: fast strings */
    { 0x1D9, 0x1D9, RULE_ANY, 0 },                     /* IA32_DEBUGCTL */
    { 0x200, 0x20F, RULE_ANY, 0 },                     /* IA32_MTRR_PHYSBASEn, PHYSMASKn */
    { 0x250, 0x250, RULE_ANY, 0x0606060606060606ull }, /* IA32_MTRR_FIX64K_00000 */
    { 0x258, 0x259, RULE_ANY, 0x0606060606060606ull }, /* .._FIX16K_80000, A0000 */
    { 0x268, 0x26F, RULE_ANY, 0x0606060606060606ull }, /* .._FIX4K_C0000 to F8000 */
    { 0x277, 0x277, RULE_ANY, 0x0007040600070406ull }, /* IA32_PAT */
    { 0x2FF, 0x2FF, RULE_ANY, 0xC06 },                 /* IA32_MTRR_DEF_TYPE: on, write-back */
    { 0xC0000081, 0xC0000081, RULE_ANY, 0 },           /* IA32_STAR */
    { 0xC0000082, 0xC0000083, RULE_CANONICAL, 0 },     /* IA32_LSTAR, CSTAR */
    { 0xC0000084, 0xC0000084, RULE_32_BITS, 0 },       /* IA32_FMASK */
    { 0xC0000103, 0xC0000103, RULE_32_BITS, 0 },       /* IA32_TSC_AUX */
};

#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

/* find: => the register's rule and its *place; NULL: there is none */
static const struct msr *find(uint32_t msr, unsigned *place)
{
    unsigned before = 0;

    for (unsigned i = 0; i < TABLE_COUNT && table[i].first <= msr; i++) {
        if (msr <= table[i].last) {
            *place = before + (msr - table[i].first);
            return &table[i];
        }
        before += table[i].last - table[i].first + 1;
    }
    return NULL;
}

static bool is_apic(uint32_t msr)
{
    return msr == MSR_APIC_BASE || (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST);
}

static bool is_base(uint32_t msr)
{
    return msr >= MSR_FS_BASE && msr <= MSR_KERNEL_GS_BASE;
}

bool msr_is_native(uint32_t msr)
{
    return is_base(msr) || (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST);
}

void msr_reset(struct sim_cpu *cpu)
{
    unsigned place = 0;

    for (unsigned i = 0; i < TABLE_COUNT; i++) {
        for (uint32_t msr = table[i].first; msr <= table[i].last; msr++) {
            cpu->msrs[place++] = table[i].reset;
        }
    }
    _Static_assert(sizeof(cpu->msrs) / sizeof(cpu->msrs[0]) == MSR_COUNT, "a place for each");
    cpu->efer = 0;
}

static uint64_t read_base(struct sim_cpu *cpu, uint32_t msr)
{
    uc_x86_msr native = { .rid = msr };

    switch (msr) {
    case MSR_FS_BASE:
        return cpu_get(cpu, UC_X86_REG_FS_BASE);
    case MSR_GS_BASE:
        return cpu_get(cpu, UC_X86_REG_GS_BASE);
    default:
        uc_reg_read(cpu->engine, UC_X86_REG_MSR, &native);
        return native.value;
    }
}

bool msr_read(struct sim_cpu *cpu, uint32_t msr, uint64_t *value)
{
    unsigned place;

    if (is_apic(msr)) {
        bool known = sim_apic_msr_read(cpu->apic, msr, value, cpu->machine->now);
        cpu_apic_touched(cpu);
        return known;
    }
    if (is_base(msr)) {
        *value = read_base(cpu, msr);
        return true;
    }
    switch (msr) {
    case MSR_TSC:
    case MSR_MPERF:
    case MSR_APERF:
        *value = cpu->machine->now + cpu->tsc_offset;
        return true;
    case MSR_EFER:
        *value = cpu->efer;
        return true;
    }
    if (find(msr, &place) == NULL) {
        return false;
    }
    *value = cpu->msrs[place];
    return true;
}

/* write_efer: LMA follows paging and ignores writes; LME cannot change under paging. */
static bool write_efer(struct sim_cpu *cpu, uint64_t value)
{
    if ((value & ~(EFER_DEFINED | EFER_LMA)) != 0 ||
        ((cpu->cr0 & CR0_PG) != 0 && ((value ^ cpu->efer) & EFER_LME) != 0)) {
        return false;
    }
    cpu->efer = (value & EFER_DEFINED) | (cpu->efer & EFER_LMA);
    return true;
}

bool msr_write(struct sim_cpu *cpu, uint32_t msr, uint64_t value)
{
    const struct msr *entry;
    unsigned place;

    if (is_apic(msr)) {
        bool known = sim_apic_msr_write(cpu->apic, msr, value, cpu->machine->now);
        cpu_apic_touched(cpu);
        return known;
    }
    if (is_base(msr)) {
        return mmu_is_canonical(value);
    }
    switch (msr) {
    case MSR_TSC:
        cpu->tsc_offset = value - cpu->machine->now;
        return true;
    case MSR_MPERF:
    case MSR_APERF:
        return true;
    case MSR_EFER:
        return write_efer(cpu, value);
    }
    entry = find(msr, &place);
    if (entry == NULL || entry->rule == RULE_CONSTANT ||
        (entry->rule == RULE_CANONICAL && !mmu_is_canonical(value)) ||
        (entry->rule == RULE_32_BITS && value >> 32 != 0)) {
        return false;
    }
    if (entry->rule != RULE_IGNORED) {
        cpu->msrs[place] = value;
    }
    return true;
}
