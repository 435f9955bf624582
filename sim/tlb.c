/* SPDX-License-Identifier: MIT */
/*
 * tlb.c: the engine's region list as this processor's translation buffer.
 *
 * The engine looks an address up in its list of regions.  A region is mapped
 * when it is first needed: the page and those of its neighbours that continue
 * it in memory with the same protection, joined with regions that it continues,
 * but never beyond its BLOCK: a change costs the more, the larger a region is,
 * and pages come and go one by one.  It goes when the program says that a
 * translation has changed (invlpg, mov cr3, CR0, CR4), or when the list is full:
 * then the regions go in turn.  A translation that is still in the list though
 * the page tables have changed is used, as by a processor.
 *
 *   => Regions do not overlap; each is one region of the engine, so that it
 *      never has to split one.
 *   => Translations that have been fetched ahead are legal: a processor may
 *      fetch any whose accessed bits are set, at any time.
 *   => invlpg looks at once whether the translation is still the same, and if
 *      so keeps it: it might have been fetched again at once.  If not, the
 *      whole region goes, large pages with it: often its other pages are next,
 *      and each change is dear.
 */
#include "cpu.h"

#include <string.h>

#define BLOCK 0x80000ull /* no region crosses a multiple of this */

static enum tlb_kind kind_of(const struct sim_cpu *cpu, uint64_t physical)
{
    if (physical < cpu->machine->ram_size) {
        return TLB_RAM;
    }
    if (physical == SIM_APIC_BASE) {
        return TLB_APIC;
    }
    return sim_is_device(cpu->machine->devices, physical) ? TLB_DEVICE : TLB_NOTHING;
}

/* index_of: => the first region that ends at or after an address. */
static unsigned index_of(const struct sim_cpu *cpu, uint64_t address)
{
    unsigned low = 0, high = cpu->tlb_count;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (cpu->tlb[middle].end < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct tlb_region *tlb_find(struct sim_cpu *cpu, uint64_t address)
{
    unsigned i = index_of(cpu, address);

    return i < cpu->tlb_count && cpu->tlb[i].begin <= address ? &cpu->tlb[i] : NULL;
}

static uint64_t read_apic(uc_engine *engine, uint64_t offset, unsigned size, void *context)
{
    struct sim_cpu *cpu = context;
    uint64_t value;

    (void)engine;
    (void)size;
    value = sim_apic_mmio_read(cpu->apic, (uint32_t)offset, cpu->machine->now);
    cpu_apic_touched(cpu);
    return value;
}

static void write_apic(uc_engine *engine, uint64_t offset, unsigned size, uint64_t value,
                       void *context)
{
    struct sim_cpu *cpu = context;

    (void)engine;
    (void)size;
    sim_apic_mmio_write(cpu->apic, (uint32_t)offset, (uint32_t)value, cpu->machine->now);
    cpu_apic_touched(cpu);
}

static uint64_t read_device(uc_engine *engine, uint64_t offset, unsigned size, void *context)
{
    const struct tlb_device *device = context;
    struct sim_machine *machine = device->cpu->machine;

    (void)engine;
    machine->now += SIM_BUS_TICKS;
    return sim_device_read(machine->devices, device->physical + offset, size, machine->now);
}

static void write_device(uc_engine *engine, uint64_t offset, unsigned size, uint64_t value,
                         void *context)
{
    const struct tlb_device *device = context;
    struct sim_machine *machine = device->cpu->machine;

    (void)engine;
    machine->now += SIM_BUS_TICKS;
    watch_device_written(device->cpu);
    sim_device_write(machine->devices, device->physical + offset, size, value, machine->now);
    schedule_deadline_changed(machine);
}

static uint64_t read_nothing(uc_engine *engine, uint64_t offset, unsigned size, void *context)
{
    (void)engine;
    (void)offset;
    (void)size;
    (void)context;
    return UINT64_MAX;
}

static void write_nothing(uc_engine *engine, uint64_t offset, unsigned size, uint64_t value,
                          void *context)
{
    (void)engine;
    (void)offset;
    (void)size;
    (void)value;
    (void)context;
}

/* device_of: => what a device's page hands to its accesses; NULL: there are too many. */
static struct tlb_device *device_of(struct sim_cpu *cpu, uint64_t physical)
{
    for (unsigned i = 0; i < cpu->device_count; i++) {
        if (cpu->devices[i].physical == physical) {
            return &cpu->devices[i];
        }
    }
    if (cpu->device_count == TLB_DEVICES) {
        return NULL;
    }
    cpu->devices[cpu->device_count] = (struct tlb_device){ cpu, physical };
    return &cpu->devices[cpu->device_count++];
}

/* map_region: give a region to the engine. */
static uc_err map_region(struct sim_cpu *cpu, const struct tlb_region *region)
{
    const uint64_t size = region->end - region->begin + 1;
    struct tlb_device *device;

    switch (region->kind) {
    case TLB_RAM:
        return uc_mem_map_ptr(cpu->engine, region->begin, size, region->protection,
                              cpu->machine->ram + region->physical);
    case TLB_APIC:
        return uc_mmio_map(cpu->engine, region->begin, size, read_apic, cpu, write_apic, cpu);
    case TLB_DEVICE:
        device = device_of(cpu, region->physical);
        if (device != NULL) {
            return uc_mmio_map(cpu->engine, region->begin, size, read_device, device, write_device,
                               device);
        }
        break;
    }
    return uc_mmio_map(cpu->engine, region->begin, size, read_nothing, NULL, write_nothing, NULL);
}

/* remove_region: take a region from the list and from the engine. */
static void remove_region(struct sim_cpu *cpu, unsigned i)
{
    const struct tlb_region region = cpu->tlb[i];

    /* Translated code is found by its place in the engine's memory, which the next region gets. */
    if ((region.protection & UC_PROT_EXEC) != 0 && region.kind == TLB_RAM) {
        uc_ctl_remove_cache(cpu->engine, region.begin, region.end);
    }
    uc_mem_unmap(cpu->engine, region.begin, region.end - region.begin + 1);
    cpu->tlb_count--;
    memmove(&cpu->tlb[i], &cpu->tlb[i + 1], (cpu->tlb_count - i) * sizeof(region));
    cpu->code_page = CPU_NO_PAGE;
    cpu->known_generation = 0;
}

static void evict(struct sim_cpu *cpu)
{
    if (cpu->tlb_victim >= cpu->tlb_count) {
        cpu->tlb_victim = 0;
    }
    remove_region(cpu, cpu->tlb_victim++);
}

/* insert_region: => it overlaps no other */
static void insert_region(struct sim_cpu *cpu, const struct tlb_region *region)
{
    uc_err error;
    unsigned i;

    if (cpu->tlb_count == TLB_LIMIT) {
        evict(cpu);
    }
    i = index_of(cpu, region->begin);
    memmove(&cpu->tlb[i + 1], &cpu->tlb[i], (cpu->tlb_count - i) * sizeof(*region));
    cpu->tlb[i] = *region;
    cpu->tlb_count++;
    error = map_region(cpu, region);
    if (error != UC_ERR_OK) {
        machine_fail(cpu->machine, "processor %u: the engine cannot map 0x%llX: %s", cpu->index,
                     (unsigned long long)region->begin, uc_strerror(error));
    }
}

/* continues: does b follow a, in its block and in memory, with the same protection? */
static bool continues(const struct tlb_region *a, const struct tlb_region *b)
{
    return a->kind == TLB_RAM && b->kind == TLB_RAM && a->end + 1 == b->begin &&
           (b->begin & (BLOCK - 1)) != 0 && a->physical + (a->end - a->begin) + 1 == b->physical &&
           a->protection == b->protection && a->writes_forced == b->writes_forced;
}

/* describe: what a page of a leaf is as a region. */
static struct tlb_region describe(const struct sim_cpu *cpu, uint64_t page,
                                  const struct mmu_leaf *leaf)
{
    const uint64_t physical = leaf->physical + (page & (leaf->size - 1));

    return (struct tlb_region){
        .begin = page,
        .end = page + SIM_PAGE - 1,
        .physical = physical,
        .protection = leaf->protection,
        .kind = (uint8_t)kind_of(cpu, physical),
        .writes_forced = leaf->writes_forced,
    };
}

/* neighbour: => the page is mapped, is in no region yet, and *page describes it */
static bool neighbour(struct sim_cpu *cpu, uint64_t address, struct tlb_region *page)
{
    struct mmu_leaf leaf;

    if (tlb_find(cpu, address) != NULL || !mmu_is_canonical(address) ||
        !mmu_peek(cpu, address, &leaf)) {
        return false;
    }
    *page = describe(cpu, address, &leaf);
    return true;
}

/* extend: add the neighbours that continue a region. */
static void extend(struct sim_cpu *cpu, struct tlb_region *region)
{
    const uint64_t first = region->begin & ~(BLOCK - 1);
    const uint64_t last = region->begin | (BLOCK - 1);
    struct tlb_region page;

    while (region->end != last && neighbour(cpu, region->end + 1, &page) &&
           continues(region, &page)) {
        region->end = page.end;
    }
    while (region->begin != first && neighbour(cpu, region->begin - SIM_PAGE, &page) &&
           continues(&page, region)) {
        region->begin = page.begin;
        region->physical = page.physical;
    }
}

/* join: take in the regions before and after that it continues. */
static void join(struct sim_cpu *cpu, struct tlb_region *region)
{
    const unsigned i = index_of(cpu, region->begin);

    if (i < cpu->tlb_count && continues(region, &cpu->tlb[i])) {
        region->end = cpu->tlb[i].end;
        remove_region(cpu, i);
    }
    if (i > 0 && continues(&cpu->tlb[i - 1], region)) {
        region->begin = cpu->tlb[i - 1].begin;
        region->physical = cpu->tlb[i - 1].physical;
        remove_region(cpu, i - 1);
    }
}

bool tlb_fill(struct sim_cpu *cpu, uint64_t address, enum mmu_access access, uint32_t *error)
{
    const uint64_t page = address & ~(uint64_t)(SIM_PAGE - 1);
    const struct tlb_region *old;
    struct tlb_region region;
    struct mmu_leaf leaf;

    if (!mmu_walk(cpu, address, access, &leaf, error)) {
        return false;
    }
    if (access == MMU_EXECUTE && kind_of(cpu, leaf.physical + (page & (leaf.size - 1))) != TLB_RAM) {
        *error = TLB_NO_CODE;
        return false;
    }
    old = tlb_find(cpu, address);
    if (old != NULL) {
        remove_region(cpu, (unsigned)(old - cpu->tlb));
    }
    region = describe(cpu, page, &leaf);
    if (region.kind == TLB_RAM) {
        extend(cpu, &region);
        join(cpu, &region);
    }
    insert_region(cpu, &region);
    return true;
}

/* agrees: do the page tables still permit what the region permits for this page? */
static bool agrees(struct sim_cpu *cpu, const struct tlb_region *region, uint64_t page)
{
    struct mmu_leaf leaf;

    return mmu_peek(cpu, page, &leaf) &&
           leaf.physical + (page & (leaf.size - 1)) == region->physical + (page - region->begin) &&
           (region->protection & ~leaf.protection) == 0;
}

void tlb_invalidate(struct sim_cpu *cpu, uint64_t address)
{
    const uint64_t page = address & ~(uint64_t)(SIM_PAGE - 1);
    const struct tlb_region *region = tlb_find(cpu, address);

    if (region != NULL && !agrees(cpu, region, page)) {
        remove_region(cpu, (unsigned)(region - cpu->tlb));
    }
}

void tlb_validate(struct sim_cpu *cpu)
{
    for (unsigned i = 0; i < cpu->tlb_count;) {
        const struct tlb_region *region = &cpu->tlb[i];
        bool keep = !(region->writes_forced && (cpu->cr0 & CR0_WP) != 0);

        for (uint64_t page = region->begin; keep && page <= region->end; page += SIM_PAGE) {
            keep = agrees(cpu, region, page);
            if (page + SIM_PAGE < page) {
                break;
            }
        }
        if (keep) {
            i++;
        } else {
            remove_region(cpu, i);
        }
    }
}

void tlb_clear(struct sim_cpu *cpu)
{
    while (cpu->tlb_count != 0) {
        remove_region(cpu, cpu->tlb_count - 1);
    }
}

static bool is_same(const struct tlb_region *a, const struct tlb_region *b)
{
    return a->begin == b->begin && a->end == b->end && a->physical == b->physical &&
           a->protection == b->protection && a->kind == b->kind &&
           a->writes_forced == b->writes_forced;
}

void tlb_restore(struct sim_cpu *cpu, const struct tlb_region *regions, unsigned count)
{
    unsigned i;

    /* Both lists ascend: what is not in regions goes .. */
    i = 0;
    for (unsigned old = 0; old < cpu->tlb_count;) {
        while (i < count && regions[i].begin < cpu->tlb[old].begin) {
            i++;
        }
        if (i < count && is_same(&regions[i], &cpu->tlb[old])) {
            old++;
        } else {
            remove_region(cpu, old);
        }
    }
    /* .. and what is only there comes. */
    for (i = 0; i < count; i++) {
        if (i >= cpu->tlb_count || !is_same(&regions[i], &cpu->tlb[i])) {
            insert_region(cpu, &regions[i]);
        }
    }
}

/*
 * tlb_code_written: tell every processor.
 *
 * => Another processor may be in the middle of an access, for which its engine has looked the
 *    memory up already.  So nothing is done to it here: it does that itself before its next
 *    instruction.
 */
void tlb_code_written(struct sim_machine *machine, uint64_t physical, uint32_t size)
{
    code_changed(machine, physical, size);
    for (unsigned i = 0; i < machine->count; i++) {
        struct sim_cpu *cpu = machine->cpus[i];

        if (cpu->written_count < CODE_WRITES) {
            cpu->written[cpu->written_count] = (struct code_write){ physical, size };
        }
        cpu->written_count++;
        cpu->attention |= ATTEND_CODE;
    }
}

/* forget: drop translated code of [physical, physical + size). */
static void forget(struct sim_cpu *cpu, uint64_t physical, uint64_t size)
{
    for (unsigned i = 0; i < cpu->tlb_count; i++) {
        const struct tlb_region *region = &cpu->tlb[i];
        const uint64_t end = region->physical + (region->end - region->begin) + 1;
        const uint64_t from = physical > region->physical ? physical : region->physical;
        const uint64_t to = physical + size < end ? physical + size : end;

        if (region->kind == TLB_RAM && (region->protection & UC_PROT_EXEC) != 0 && from < to) {
            const uint64_t address = region->begin + (from - region->physical);
            uc_ctl_remove_cache(cpu->engine, address, address + (to - from));
        }
    }
}

void tlb_forget_code(struct sim_cpu *cpu)
{
    if (cpu->written_count > CODE_WRITES) {
        forget(cpu, 0, cpu->machine->ram_size);
    } else {
        for (unsigned i = 0; i < cpu->written_count; i++) {
            forget(cpu, cpu->written[i].physical, cpu->written[i].size);
        }
    }
    cpu->written_count = 0;
}
