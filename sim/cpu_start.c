/* SPDX-License-Identifier: MIT */
/*
 * cpu_start.c: INIT, the start-up interrupt, and the code that it starts.
 *
 * A processor starts in real mode at page << 12, with CS = page << 8.  The
 * engine, made for 64-bit code, does not get there from a 16-bit one, so the
 * start-up code runs as 16-bit compatibility code of 64-bit mode, which differs
 * from real mode in one thing: a segment's base comes from a descriptor.
 * Therefore:
 *
 *   => The selector page << 8 has a descriptor with base page << 12, in a table
 *      of the machine's own at addresses that no program can have.
 *   => Writing CS from outside does not load it, so an lretq of the machine's
 *      own goes there.
 *   => Start-up code may load segments from CS and from its own table only.
 *   => Exceptions in it reset the machine: there is no real-mode interrupt table.
 *
 * It ends when CS holds a 64-bit descriptor.
 * Reference: Intel, "Software Developer's Manual", volume 3, "MP Initialization".
 */
#include "cpu.h"

#include <stdlib.h>
#include <string.h>

/* Addresses that are not canonical: the descriptor table, then a page with code and stack. */
#define PRIVATE_BASE  0x0001000000000000ull
#define PRIVATE_TABLE 0x10000u
#define PRIVATE_SIZE  (PRIVATE_TABLE + SIM_PAGE)
#define PRIVATE_STACK (PRIVATE_TABLE + SIM_PAGE - 16)

#define CR0_RESET   0x60000010ull
#define CODE_16     0x00009B000000FFFFull /* present, readable, accessed */
#define CODE_WIDE   (1ull << 53)
#define FLAGS_FIXED 2u

static const uint8_t far_return[] = { 0x48, 0xCB }; /* lretq */

/* start_leave: the processor can no longer reach the machine's own memory. */
void start_leave(struct sim_cpu *cpu)
{
    if (cpu->startup_memory != NULL) {
        uc_ctl_remove_cache(cpu->engine, PRIVATE_BASE + PRIVATE_TABLE, PRIVATE_BASE + PRIVATE_SIZE);
        uc_mem_unmap(cpu->engine, PRIVATE_BASE, PRIVATE_SIZE);
        free(cpu->startup_memory);
        cpu->startup_memory = NULL;
    }
}

void start_destroy(struct sim_cpu *cpu)
{
    free(cpu->startup_memory);
    cpu->startup_memory = NULL;
}

void start_reset(struct sim_cpu *cpu)
{
    start_leave(cpu);
    tlb_clear(cpu);
    uc_context_restore(cpu->engine, cpu->pristine);
    sim_apic_reset(cpu->apic);
    cpu_apic_touched(cpu);
    cpu->cr0 = CR0_RESET;
    cpu->cr3 = 0;
    cpu->cr4 = 0;
    cpu->efer = 0;
    cpu->correction = CORRECT_NOTHING;
    cpu->check = CHECK_NOTHING;
    cpu->rewriter = SIM_NEVER;
    debug_reset(cpu);
    cpu_show_control(cpu);
    cpu->attention &= ATTEND_STOP;
    cpu->written_count = 0;
    cpu->nmi_blocked = false;
    cpu->waits_for_startup = true;
}

/* enter_private: the machine's own memory, with what an lretq to the start-up code needs. */
static bool enter_private(struct sim_cpu *cpu, uint8_t page)
{
    const uint64_t base = (uint64_t)page << 12;
    const uint16_t selector = (uint16_t)(page << 8);
    const uint64_t descriptor = CODE_16 | (base & 0xFFFFFF) << 16;
    const uint64_t frame[2] = { 0, selector };
    uint8_t *memory = aligned_alloc(SIM_PAGE, PRIVATE_SIZE);

    if (memory == NULL) {
        return false;
    }
    memset(memory, 0, PRIVATE_SIZE);
    memcpy(memory + selector, &descriptor, sizeof(descriptor));
    memcpy(memory + PRIVATE_TABLE, far_return, sizeof(far_return));
    memcpy(memory + PRIVATE_STACK - sizeof(frame), frame, sizeof(frame));
    if (uc_mem_map_ptr(cpu->engine, PRIVATE_BASE, PRIVATE_SIZE, UC_PROT_ALL, memory) != UC_ERR_OK) {
        free(memory);
        return false;
    }
    cpu->startup_memory = memory;
    return true;
}

void start_begin(struct sim_cpu *cpu, uint8_t page)
{
    const uc_x86_mmr table = { .base = PRIVATE_BASE, .limit = PRIVATE_TABLE - 1 };
    const uc_x86_mmr none = { .base = 0, .limit = 0 };

    if (!enter_private(cpu, page)) {
        machine_fail(cpu->machine, "processor %u: no memory to start it", cpu->index);
        return;
    }
    uc_reg_write(cpu->engine, UC_X86_REG_GDTR, &table);
    uc_reg_write(cpu->engine, UC_X86_REG_IDTR, &none);
    cpu_set(cpu, UC_X86_REG_EFLAGS, FLAGS_FIXED);
    cpu_set(cpu, UC_X86_REG_RSP, PRIVATE_BASE + PRIVATE_STACK - 16);
    cpu_set(cpu, UC_X86_REG_RIP, PRIVATE_BASE + PRIVATE_TABLE);
    cpu->startup_page = page;
    cpu->code_base = (uint64_t)page << 12;
    cpu->narrow = true;
    cpu->waits_for_startup = false;
}

/* is_wide: does CS, loaded from the program's own table, hold 64-bit code? */
static bool is_wide(struct sim_cpu *cpu, uint16_t selector)
{
    const uint64_t *descriptor;
    uc_x86_mmr table;
    uint32_t error;

    uc_reg_read(cpu->engine, UC_X86_REG_GDTR, &table);
    descriptor = mmu_host(cpu, table.base + (selector & ~7u), MMU_READ, &error);
    return descriptor != NULL && (cpu->efer & EFER_LMA) != 0 && (*descriptor & CODE_WIDE) != 0;
}

bool start_step(struct sim_cpu *cpu)
{
    const uint16_t selector = (uint16_t)cpu_get(cpu, UC_X86_REG_CS);

    if (cpu->address >= PRIVATE_BASE && cpu->address < PRIVATE_BASE + PRIVATE_SIZE) {
        return false;
    }
    if (selector != cpu->startup_page << 8) {
        /* Flat code, of 32 bits or 64. */
        cpu->code_base = 0;
        if (is_wide(cpu, selector)) {
            cpu->narrow = false;
            fpu_control(cpu);
            start_leave(cpu);
        }
    }
    return true;
}
