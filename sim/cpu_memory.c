/* SPDX-License-Identifier: MIT */
/*
 * cpu_memory.c: the memory hooks: before each access, and when the engine
 * cannot do one.
 *
 * Before an access to memory that is not the processor's own stack another
 * processor may come first, so also between the read and the write of an
 * instruction that is not locked.  A store to a page with code makes all
 * processors forget what they have translated of it.
 *
 * What the engine cannot do leads to a page walk: the translation is fetched
 * and the instruction repeated, or there is a page fault.
 */
#include "cpu.h"

#include <string.h>

/* The stack pointer's surroundings that count as a processor's own stack. */
#define STACK_BELOW 0x1000u
#define STACK_ABOVE 0x4000u

static void forget_clean(struct sim_cpu *cpu)
{
    for (unsigned i = 0; i < CLEAN_PAGES; i++) {
        cpu->clean[i] = CPU_NO_PAGE;
    }
    cpu->clean_generation = cpu->machine->code_generation;
}

/* note_write: a store goes to a page that holds no known data: code must be forgotten. */
static void note_write(struct sim_cpu *cpu, uint64_t address, uint32_t size)
{
    const uint64_t page = address & ~(uint64_t)(SIM_PAGE - 1);
    const struct tlb_region *region = tlb_find(cpu, address);
    struct sim_machine *machine = cpu->machine;
    uint64_t physical;

    if (region == NULL || region->kind != TLB_RAM) {
        return;
    }
    if (cpu->clean_generation != machine->code_generation) {
        forget_clean(cpu);
    }
    physical = region->physical + (address - region->begin);
    if (machine->is_code[physical / SIM_PAGE]) {
        tlb_code_written(machine, physical, size);
    } else {
        cpu->clean[page / SIM_PAGE % CLEAN_PAGES] = page;
    }
}

/* keep_torn: a store crosses the end of a page: remember what it overwrites in the first one. */
static void keep_torn(struct sim_cpu *cpu, uint64_t address)
{
    const struct tlb_region *region = tlb_find(cpu, address);

    if (region == NULL || region->kind != TLB_RAM) {
        return;
    }
    cpu->torn_address = address;
    cpu->torn_size = (uint8_t)(SIM_PAGE - (address & (SIM_PAGE - 1)));
    memcpy(cpu->torn, cpu->machine->ram + region->physical + (address - region->begin),
           cpu->torn_size);
}

/* restore_torn: the second page of that store faults, so nothing of it has happened. */
static void restore_torn(struct sim_cpu *cpu, uint64_t address)
{
    const struct tlb_region *region;

    if (cpu->torn_size == 0 || address != cpu->torn_address + cpu->torn_size) {
        return;
    }
    region = tlb_find(cpu, cpu->torn_address);
    if (region != NULL && region->kind == TLB_RAM) {
        memcpy(cpu->machine->ram + region->physical + (cpu->torn_address - region->begin),
               cpu->torn, cpu->torn_size);
    }
}

/* is_own_stack: the slow way: learn where the stack is. */
static bool is_own_stack(struct sim_cpu *cpu, uint64_t address)
{
    const uint64_t pointer = cpu_get(cpu, UC_X86_REG_RSP);
    const uint64_t page = pointer & ~(uint64_t)(SIM_PAGE - 1);
    const struct tlb_region *region;

    if (address + STACK_BELOW < page || address >= page + STACK_ABOVE) {
        return false;
    }
    region = tlb_find(cpu, pointer);
    if (region == NULL || address < region->begin || address > region->end) {
        return false;
    }
    /* What lies beyond a guard page is no part of it. */
    cpu->stack_begin = page - STACK_BELOW > region->begin ? page - STACK_BELOW : region->begin;
    cpu->stack_end = page + STACK_ABOVE - 1 < region->end ? page + STACK_ABOVE - 1 : region->end;
    return true;
}

void cpu_on_memory(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value,
                   void *context)
{
    struct sim_cpu *cpu = context;
    const uint64_t page = address & ~(uint64_t)(SIM_PAGE - 1);

    (void)engine;
    (void)value;
    if ((address < cpu->stack_begin || address > cpu->stack_end) && !is_own_stack(cpu, address)) {
        cpu->machine->schedule.writes += type == UC_MEM_WRITE;
        if (!cpu->locked) {
            schedule_point(cpu->machine);
        }
    }
    if (type != UC_MEM_WRITE) {
        return;
    }
    if (cpu->clean[page / SIM_PAGE % CLEAN_PAGES] != page ||
        cpu->clean_generation != cpu->machine->code_generation) {
        note_write(cpu, address, (uint32_t)size);
    }
    cpu->torn_size = 0;
    if ((address & (SIM_PAGE - 1)) + (unsigned)size > SIM_PAGE) {
        keep_torn(cpu, address);
        note_write(cpu, page + SIM_PAGE, (uint32_t)size);
    }
}

bool cpu_on_invalid_memory(uc_engine *engine, uc_mem_type type, uint64_t address, int size,
                           int64_t value, void *context)
{
    struct sim_cpu *cpu = context;
    enum mmu_access access = MMU_READ;
    uint32_t error = 0;

    (void)engine;
    (void)size;
    (void)value;
    if (type == UC_MEM_WRITE_UNMAPPED || type == UC_MEM_WRITE_PROT) {
        access = MMU_WRITE;
    } else if (type == UC_MEM_FETCH_UNMAPPED || type == UC_MEM_FETCH_PROT) {
        access = MMU_EXECUTE;
    }
    if (mmu_is_canonical(address)) {
        if (tlb_fill(cpu, address, access, &error)) {
            /* The engine would go on with what it has looked up before. */
            cpu->request = REQUEST_RETRY;
        } else {
            cpu->cr2 = address;
            cpu_raise(cpu, EXCEPTION_PF, true, error);
        }
    } else {
        /* By the stack it is #SS: only there is the stack pointer itself beyond the range. */
        const bool stack = access != MMU_EXECUTE && !mmu_is_canonical(cpu_get(cpu, UC_X86_REG_RSP));
        cpu_raise(cpu, stack ? EXCEPTION_SS : EXCEPTION_GP, true, 0);
    }
    if (access == MMU_WRITE) {
        restore_torn(cpu, address);
    }
    cpu->fetching = access == MMU_EXECUTE;
    return false;
}
