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
 * An access without a translation has its turn when the instruction is repeated
 * with it, so that the schedule does not depend on what is in the buffer.
 *
 * What the engine cannot do leads to a page walk: the translation is fetched
 * and the instruction repeated, or there is a page fault.
 */
#include "cpu.h"

#include <string.h>

/* The stack pointer's surroundings that count as a processor's own stack. */
#define STACK_BELOW 0x1000u
#define STACK_ABOVE 0x4000u

#define MXCSR_DEFINED 0xFFFFu

/* The low bits of sim_cpu.known. */
#define KNOWN_READ  1u
#define KNOWN_WRITE 2u

static void forget_known(struct sim_cpu *cpu)
{
    for (unsigned i = 0; i < KNOWN_PAGES; i++) {
        cpu->known[i] = 0;
    }
    cpu->known_generation = cpu->machine->page_generation;
}

/* note_write: a store goes to RAM: keep what it overwrites, forget code, tell of page tables. */
static bool note_write(struct sim_cpu *cpu, uint64_t physical, uint32_t size)
{
    struct sim_machine *machine = cpu->machine;
    const uint8_t kind = machine->page_kind[physical / SIM_PAGE];

    machine_dirty(machine, physical);
    if (kind & PAGE_CODE) {
        cpu->rewriter = cpu->address;
        tlb_code_written(machine, physical, size);
    }
    if (kind & PAGE_TABLE) {
        schedule_tables_written(machine);
    }
    return (kind & (PAGE_CODE | PAGE_TABLE)) == 0;
}

/* look: an access to a page that is not known. => false: there is no translation for it yet */
static bool look(struct sim_cpu *cpu, uint64_t address, uint32_t size, bool write)
{
    const uint64_t page = address & ~(uint64_t)(SIM_PAGE - 1);
    const struct tlb_region *region = tlb_find(cpu, address);
    uint64_t *known = &cpu->known[page / SIM_PAGE % KNOWN_PAGES];

    if (region == NULL || (region->protection & (write ? UC_PROT_WRITE : UC_PROT_READ)) == 0) {
        return false;
    }
    if (cpu->known_generation != cpu->machine->page_generation) {
        forget_known(cpu);
    }
    if ((*known & ~3ull) != page) {
        *known = page;
    }
    *known |= KNOWN_READ;
    if (write && (region->kind != TLB_RAM ||
                  note_write(cpu, region->physical + (address - region->begin), size))) {
        *known |= KNOWN_WRITE;
    }
    return true;
}

/* is_known: has look() seen such an access to that page, and would see no more in this one? */
static inline bool is_known(const struct sim_cpu *cpu, uint64_t page, bool write)
{
    const uint64_t known = cpu->known[page / SIM_PAGE % KNOWN_PAGES];

    return (known & ~3ull) == page && (known & (write ? KNOWN_WRITE : KNOWN_READ)) != 0 &&
           cpu->known_generation == cpu->machine->page_generation;
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
    uint64_t begin = page, end = page + SIM_PAGE;

    if (address + STACK_BELOW < page || address >= page + STACK_ABOVE ||
        !mmu_is_writable(cpu, page)) {
        return false;
    }
    /* What lies beyond a guard page is no part of it. */
    while (begin > page - STACK_BELOW && mmu_is_writable(cpu, begin - SIM_PAGE)) {
        begin -= SIM_PAGE;
    }
    while (end < page + STACK_ABOVE && mmu_is_writable(cpu, end)) {
        end += SIM_PAGE;
    }
    cpu->stack_begin = begin;
    cpu->stack_end = end - 1;
    return address >= begin && address < end;
}

/*
 * take_turn: the access has its turn: others may come first.
 * => once for each access of an instruction, however often the instruction is repeated
 */
static void take_turn(struct sim_cpu *cpu, uint64_t address, unsigned size, bool write)
{
    struct sim_machine *machine = cpu->machine;
    const bool own = (address >= cpu->stack_begin && address <= cpu->stack_end) ||
                     is_own_stack(cpu, address);

    if (!own) {
        machine->schedule.writes += write;
        if (!cpu->locked) {
            schedule_point(machine);
        }
    }
    if (machine->watching && (machine->options.races || !(own || write || cpu->kernel_code))) {
        watch_access(cpu, address, size, write, own);
    }
}

/* protect: change what the engine permits in the region of cpu->refused. */
static bool protect(struct sim_cpu *cpu, bool permit)
{
    const struct tlb_region *region = tlb_find(cpu, cpu->refused);

    return region != NULL && uc_mem_protect(cpu->engine, region->begin, region->end - region->begin + 1,
                                            permit ? region->protection : UC_PROT_NONE) == UC_ERR_OK;
}

/*
 * refuse: make the access fault that is about to be done: the instruction is #GP(0).
 *
 * => The hook cannot keep an access from being done, but the engine looks at the
 *    region's protection after it.
 */
static void refuse(struct sim_cpu *cpu, uint64_t address)
{
    cpu->refused = address;
    if (protect(cpu, false)) {
        cpu->check = CHECK_FAILED;
    }
}

void cpu_permit(struct sim_cpu *cpu)
{
    protect(cpu, true);
    cpu->check = CHECK_NOTHING;
}

/* holds: does an access hold what the instruction needs? */
static bool holds(struct sim_cpu *cpu, uint64_t address, unsigned size)
{
    const enum check check = cpu->check;
    const struct tlb_region *region;
    uint32_t word;

    if (check == CHECK_ALIGNED) {
        /* Only the first half tells. */
        cpu->check = CHECK_NOTHING;
        return (address & 15) == 0;
    }
    if (check != CHECK_MXCSR || size != sizeof(word)) {
        return true;
    }
    cpu->check = CHECK_NOTHING;
    region = tlb_find(cpu, address);
    if (region == NULL || region->kind != TLB_RAM || address + 3 > region->end) {
        return true;
    }
    memcpy(&word, cpu->machine->ram + region->physical + (address - region->begin), sizeof(word));
    return (word & ~MXCSR_DEFINED) == 0;
}

void cpu_on_memory(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value,
                   void *context)
{
    struct sim_cpu *cpu = context;
    const uint64_t page = address & ~(uint64_t)(SIM_PAGE - 1);
    const bool write = type == UC_MEM_WRITE;
    const bool crosses = (address & (SIM_PAGE - 1)) + (unsigned)size > SIM_PAGE;

    (void)engine;
    (void)value;
    cpu->torn_size = 0;
    if (!is_known(cpu, page, write) && !look(cpu, address, (uint32_t)size, write)) {
        return;
    }
    if (crosses && !look(cpu, page + SIM_PAGE, (uint32_t)size, write)) {
        /* Its second half will be missed, or fault; then nothing of the first has happened. */
        if (write) {
            keep_torn(cpu, address);
        }
        return;
    }
    if (cpu->check != CHECK_NOTHING && !holds(cpu, address, (unsigned)size)) {
        refuse(cpu, address);
        return;
    }
    if (cpu->watches_data) {
        debug_access(cpu, address, (unsigned)size, write);
    }
    if (++cpu->accesses > cpu->accesses_done) {
        cpu->accesses_done = cpu->accesses;
        /* A loop that goes through memory is not stuck, see schedule.c. */
        cpu->places |= 1ull << ((address >> 3) * 0x9E3779B97F4A7C15ull >> 58);
        take_turn(cpu, address, (unsigned)size, write);
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
    if (cpu->check == CHECK_FAILED) {
        cpu_raise(cpu, EXCEPTION_GP, true, 0);
    } else if (mmu_is_canonical(address)) {
        if (tlb_fill(cpu, address, access, &error)) {
            /* The engine would go on with what it has looked up before. */
            cpu->request = REQUEST_RETRY;
        } else if (error == TLB_NO_CODE) {
            cpu_raise(cpu, EXCEPTION_UD, false, 0);
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
    /* In the middle of an instruction that is more than a load or a store it notices late. */
    cpu->attention |= ATTEND_FAILED;
    return false;
}
