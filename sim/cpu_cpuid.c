/* SPDX-License-Identifier: MIT */
/*
 * cpu_cpuid.c: what each processor says it is.
 *
 * Offered is what the engine executes and what this machine has; neither AVX
 * nor virtualisation.  x2APIC is offered where the machine needs it for its
 * ids, or is told to.
 * Reference: Intel, "Software Developer's Manual", volume 2, "CPUID".
 */
#include "cpu.h"

#include <string.h>

#define SIGNATURE 0x000206C2u /* family 6, model 44, stepping 2 */

#define X2APIC_BIT 21

/*
 * FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2
 * HTT
 */
#define FEATURES_EDX 0x178BFBFFu
/* SSE3 SSSE3 CX16 SSE4.1 SSE4.2 AES, and that this is no hardware */
#define FEATURES_ECX 0x82182201u
/* SYSCALL NX RDTSCP LM */
#define EXTENDED_EDX 0x28100800u
#define EXTENDED_ECX 0x00000001u /* LAHF in 64-bit code */

#define LINE_SIZE          64u
#define INVARIANT_TSC      0x100u
#define ADDRESS_BITS       0x3028u /* 48 virtual, 40 physical */
#define HIGHEST_BASIC      0xBu
#define HIGHEST_EXTENDED   0x80000008u
#define HIGHEST_HYPERVISOR 0x40000000u

static void feature_leaf(const struct sim_cpu *cpu, uint32_t out[4])
{
    const unsigned count = cpu->machine->count;
    const uint32_t threads = count > 255 ? 255 : count;

    out[0] = SIGNATURE;
    out[1] = sim_apic_id(cpu->apic) << 24 | threads << 16 | LINE_SIZE / 8 << 8;
    out[2] = FEATURES_ECX | (uint32_t)cpu->machine->x2apic << X2APIC_BIT;
    out[3] = FEATURES_EDX;
}

/* topology_leaf: one thread a core, all cores in one package. */
static void topology_leaf(const struct sim_cpu *cpu, uint32_t subleaf, uint32_t out[4])
{
    unsigned bits = 0;

    while (1u << bits < cpu->machine->count) {
        bits++;
    }
    out[2] = subleaf & 0xFF;
    out[3] = sim_apic_id(cpu->apic);
    if (subleaf == 0) {
        out[1] = 1;
        out[2] |= 1 << 8;
    } else if (subleaf == 1) {
        out[0] = bits;
        out[1] = cpu->machine->count;
        out[2] |= 2 << 8;
    }
}

static void brand_leaf(uint32_t leaf, uint32_t out[4])
{
    static const char brand[48] = "allcall simulated processor";

    memcpy(out, brand + (leaf - 0x80000002u) * 16, 16);
}

static void extended(uint32_t leaf, uint32_t out[4])
{
    switch (leaf) {
    case 0x80000000u:
        out[0] = HIGHEST_EXTENDED;
        break;
    case 0x80000001u:
        out[2] = EXTENDED_ECX;
        out[3] = EXTENDED_EDX;
        break;
    case 0x80000002u ... 0x80000004u:
        brand_leaf(leaf, out);
        break;
    case 0x80000007u:
        out[3] = INVARIANT_TSC;
        break;
    case 0x80000008u:
        out[0] = ADDRESS_BITS;
        break;
    }
}

void cpuid_answer(const struct sim_cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    memset(out, 0, 4 * sizeof(out[0]));
    /* A leaf that does not exist answers as the highest basic one. */
    if ((leaf > HIGHEST_BASIC && leaf < HIGHEST_HYPERVISOR) ||
        (leaf > HIGHEST_HYPERVISOR && leaf < 0x80000000u) || leaf > HIGHEST_EXTENDED) {
        leaf = HIGHEST_BASIC;
    }
    switch (leaf) {
    case 0:
        out[0] = HIGHEST_BASIC;
        memcpy(&out[1], "Genu", 4);
        memcpy(&out[3], "ineI", 4);
        memcpy(&out[2], "ntel", 4);
        break;
    case 1:
        feature_leaf(cpu, out);
        break;
    case 0xB:
        topology_leaf(cpu, subleaf, out);
        break;
    case HIGHEST_HYPERVISOR:
        out[0] = HIGHEST_HYPERVISOR;
        memcpy(&out[1], "allcall sim ", 12);
        break;
    default:
        extended(leaf, out);
        break;
    }
}
