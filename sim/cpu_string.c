/* SPDX-License-Identifier: MIT */
/*
 * cpu_string.c: rep stos and rep movs, most of a page at once.
 *
 * The engine does one element at a time, with all hooks.  Here all elements
 * but one that lie in the present page (both pages, for a copy) are done in
 * one step, if nothing about them is special: ascending, plain memory, no page
 * table.  The engine does the last one of
 * each step, and so whatever is special.
 */
#include "cpu.h"

#include <string.h>

#define FLAG_DF     0x400u
#define LEAST       8u /* elements that are worth it */
#define TICKS_SHIFT 6  /* a tick for each 64 bytes, as a fast processor's */

/* plain: where the rest of a page is. => NULL: not plain; *room: its bytes */
static uint8_t *plain(struct sim_cpu *cpu, uint64_t address, bool write, uint64_t *room)
{
    const uint8_t protection = write ? UC_PROT_WRITE : UC_PROT_READ;
    const struct tlb_region *region = tlb_find(cpu, address);
    uint32_t error;

    if (region == NULL || (region->protection & protection) == 0) {
        if (!mmu_is_canonical(address) ||
            !tlb_fill(cpu, address, write ? MMU_WRITE : MMU_READ, &error)) {
            return NULL;
        }
        region = tlb_find(cpu, address);
    }
    if (region == NULL || region->kind != TLB_RAM) {
        return NULL;
    }
    *room = SIM_PAGE - (address & (SIM_PAGE - 1));
    return cpu->machine->ram + region->physical + (address - region->begin);
}

/* written: the bytes at host are about to be written to. => false: they are a page table's */
static bool written(struct sim_cpu *cpu, const uint8_t *host, uint64_t bytes)
{
    struct sim_machine *machine = cpu->machine;
    const uint64_t physical = (uint64_t)(host - machine->ram);
    const uint8_t kind = machine->page_kind[physical / SIM_PAGE];

    if (kind & PAGE_TABLE) {
        return false;
    }
    machine_dirty(machine, physical);
    if (kind & PAGE_CODE) {
        tlb_code_written(machine, physical, (uint32_t)bytes);
    }
    return true;
}

static void fill(uint8_t *to, uint64_t value, uint64_t bytes, unsigned width)
{
    if (width == 1) {
        memset(to, (int)(value & 0xFF), bytes);
        return;
    }
    for (uint64_t i = 0; i < bytes; i += width) {
        memcpy(to + i, &value, width);
    }
}

/* copy: => false: it overlaps so that each element has to be read after the one before is written
 */
static bool copy(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    if (to > from && to < from + bytes) {
        return false;
    }
    memmove(to, from, bytes);
    return true;
}

void string_step(struct sim_cpu *cpu, bool move, unsigned width)
{
    const uint64_t count = cpu_get(cpu, UC_X86_REG_RCX);
    const uint64_t target = cpu_get(cpu, UC_X86_REG_RDI);
    uint64_t source = 0, room, source_room, elements;
    const uint8_t *from = NULL;
    uint8_t *to;

    if (count <= LEAST || (cpu_get(cpu, UC_X86_REG_EFLAGS) & FLAG_DF) != 0) {
        return;
    }
    to = plain(cpu, target, true, &room);
    if (move) {
        source = cpu_get(cpu, UC_X86_REG_RSI);
        from = plain(cpu, source, false, &source_room);
        room = from != NULL && source_room < room ? source_room : room;
    }
    if (to == NULL || (move && from == NULL)) {
        return;
    }
    elements = room / width < count ? room / width : count;
    if (elements <= LEAST || !written(cpu, to, elements * width)) {
        return;
    }
    elements--;
    if (!move) {
        fill(to, cpu_get(cpu, UC_X86_REG_RAX), elements * width, width);
    } else if (!copy(to, from, elements * width)) {
        return;
    } else {
        cpu_set(cpu, UC_X86_REG_RSI, source + elements * width);
    }
    cpu_set(cpu, UC_X86_REG_RDI, target + elements * width);
    cpu_set(cpu, UC_X86_REG_RCX, count - elements);
    cpu->machine->now += elements * width >> TICKS_SHIFT;
    if (cpu->machine->watching) {
        watch_string(cpu, target, elements * width, true);
        if (move) {
            watch_string(cpu, source, elements * width, false);
        }
    }
}
