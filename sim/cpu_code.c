/* SPDX-License-Identifier: MIT */
/*
 * cpu_code.c: what is known of code: for each byte of a page that code has run
 * from, how the instruction that begins there is to be handled.
 *
 * It is learnt when the instruction first runs, and forgotten when a store goes
 * there.  Nothing that a program does depends on whether it is known already.
 */
#include "cpu.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 15u /* bytes of an instruction */

bool code_find(struct sim_cpu *cpu, uint64_t page)
{
    const struct tlb_region *region = tlb_find(cpu, page);
    struct sim_machine *machine = cpu->machine;
    const struct sim_image *image;
    uint64_t physical;

    if (region == NULL || region->kind != TLB_RAM) {
        return false;
    }
    physical = region->physical + (page - region->begin);
    if (machine->code[physical / SIM_PAGE] == NULL) {
        machine->code[physical / SIM_PAGE] = calloc(SIM_PAGE, 1);
        if (machine->code[physical / SIM_PAGE] == NULL) {
            machine_fail(machine, "no memory");
            return false;
        }
    }
    if ((machine->page_kind[physical / SIM_PAGE] & PAGE_CODE) == 0) {
        machine->page_kind[physical / SIM_PAGE] |= PAGE_CODE;
        machine->page_generation++;
    }
    image = machine_image(machine, page);
    cpu->kernel_code = image != NULL && image->kernel;
    cpu->code_page = page;
    cpu->code_bytes = machine->ram + physical;
    cpu->code_flags = machine->code[physical / SIM_PAGE];
    return true;
}

const uint8_t *code_bytes(struct sim_cpu *cpu, uint32_t size, uint8_t copy[SPARE_BYTES])
{
    const uint64_t offset = cpu->address & (SIM_PAGE - 1);

    if (offset + SPARE_BYTES <= SIM_PAGE) {
        return cpu->code_bytes + offset;
    }
    memset(copy, 0, SPARE_BYTES);
    for (uint32_t i = 0; i < size && i < SPARE_BYTES; i++) {
        const struct tlb_region *region = tlb_find(cpu, cpu->address + i);
        if (region != NULL && region->kind == TLB_RAM) {
            copy[i] = cpu->machine->ram[region->physical + (cpu->address + i - region->begin)];
        }
    }
    return copy;
}

/* see: the instruction runs: it is covered. */
static void see(struct sim_cpu *cpu, uint8_t *flags)
{
    const struct sim_image *image = machine_image(cpu->machine, cpu->address);

    if (image != NULL && image->covered != NULL) {
        image->covered[cpu->address - image->base] = 1;
    }
    *flags |= CODE_SEEN;
}

enum instruction code_look(struct sim_cpu *cpu, uint32_t size, uint8_t *flags)
{
    uint8_t copy[SPARE_BYTES];
    struct decoded decoded;

    if ((*flags & CODE_SEEN) == 0) {
        see(cpu, flags);
    }
    if ((*flags & CODE_KIND) != 0 && !cpu->narrow) {
        return (enum instruction)((*flags & CODE_KIND) - 1);
    }
    decode(code_bytes(cpu, size, copy), size, !cpu->narrow, &decoded);
    if (!cpu->narrow && (cpu->address & (SIM_PAGE - 1)) + size <= SIM_PAGE) {
        *flags = (uint8_t)((*flags & ~CODE_KIND) | (1u + decoded.kind));
    }
    return decoded.kind;
}

void code_changed(struct sim_machine *machine, uint64_t physical, uint64_t size)
{
    const uint64_t before = physical & (SIM_PAGE - 1);
    const uint64_t first = physical - (before < LONGEST ? before : LONGEST);

    for (uint64_t at = first; at < physical + size && at < machine->ram_size; at++) {
        uint8_t *flags = machine->code[at / SIM_PAGE];
        if (flags != NULL) {
            flags[at & (SIM_PAGE - 1)] &= CODE_WATCHED;
        }
    }
}
