/* SPDX-License-Identifier: MIT */
/*
 * watch_access.c: the accesses to memory, for race.c: whose they are, and where
 * they are seen.
 *
 * The code that runs says whose an access is: a driver's, or the kernel's; a
 * function that acts for its caller (memcpy) does the driver's accesses, at the
 * place where it was called, but for those to the kernel's images.
 *
 * A processor's own stack is its own, until another processor touches it (a
 * Context often points into the caller's stack).  From then on the accesses of
 * its owner to that page count, and those to that line are decision points.
 */
#include "watch_state.h"

#define LINE        64u
#define POLL_LEAST  16u /* reads of the same by the same instruction that make a loop */
#define POLL_RECENT 64u /* reads ago */

static void found_race(void *context, const struct sim_finding *finding)
{
    struct sim_machine *machine = context;
    struct sim_finding named = *finding;

    watch_report(machine->running, &named);
}

bool watch_access_create(struct sim_machine *machine)
{
    struct watch *watch = machine->watch;

    if (!machine->options.races) {
        return true;
    }
    watch->race = race_create(machine->options.processors, found_race, machine);
    return watch->race != NULL;
}

void watch_access_begin(struct watch *watch)
{
    map_clear(&watch->stacks);
    map_clear(&watch->shared);
    if (watch->race != NULL) {
        race_reset(watch->race);
    }
}

/* Stacks ---------------------------------------------------------------------------------- */

/* is_shared: note that a page is the processor's stack. => does another one use it, too? */
static bool is_shared(struct sim_cpu *cpu, uint64_t address)
{
    struct watch *watch = cpu->machine->watch;
    const uint64_t page = address & ~(uint64_t)(SIM_PAGE - 1);
    struct watch_processor *processor = watch_processor_of(cpu);

    if (processor->stack_page != page + 1) {
        uint32_t *owner = map_put(&watch->stacks, page);
        if (owner != NULL) {
            *owner = 1 + cpu->index;
        }
        processor->stack_page = page + 1;
    }
    return watch->shared.count != 0 && map_get(&watch->shared, page | 1) != NULL;
}

/* touch: note that memory is another processor's stack. */
static void touch(struct sim_cpu *cpu, uint64_t address, unsigned size)
{
    struct watch *watch = cpu->machine->watch;
    const uint64_t page = address & ~(uint64_t)(SIM_PAGE - 1);
    const uint32_t *owner = map_get(&watch->stacks, page);

    if (owner == NULL || *owner == 1 + cpu->index) {
        return;
    }
    if (map_put(&watch->shared, page | 1) != NULL) {
        for (uint64_t at = address & ~(uint64_t)(LINE - 1); at < address + size; at += LINE) {
            map_put(&watch->shared, at);
        }
    }
}

static bool is_shared_line(const struct watch *watch, uint64_t address)
{
    return map_get(&watch->shared, address & ~(uint64_t)(LINE - 1)) != NULL;
}

/* Accesses -------------------------------------------------------------------------------- */

/* is_wanted: are races looked for?  Without a word about the images all code would be a driver's. */
static bool is_wanted(const struct sim_machine *machine)
{
    return machine->watch->race != NULL && machine->image_count != 0;
}

static bool is_memory(struct sim_cpu *cpu, uint64_t address)
{
    const struct tlb_region *region = tlb_find(cpu, address);

    return region != NULL && region->kind == TLB_RAM;
}

/* tell: an access of the running processor's, to memory that others can see. */
static void tell(struct sim_cpu *cpu, uint64_t address, unsigned size, bool write, bool locked)
{
    const uint64_t caller = watch_processor_of(cpu)->memory_caller;
    struct sim_place place = sim_place_of(cpu->machine, cpu->index);
    enum race_kind kind = write ? RACE_WRITE : RACE_READ;

    if (cpu->kernel_code && (caller == 0 || watch_is_kernel(cpu->machine, address))) {
        race_access(cpu->machine->watch->race, write ? RACE_KERNEL_WRITE : RACE_KERNEL_READ, &place,
                    address, size);
        return;
    }
    if (cpu->kernel_code) {
        place.address = caller;
        place.returns = true;
    }
    if (locked) {
        /* Its read stands for the whole of it. */
        if (write) {
            return;
        }
        kind = RACE_LOCKED;
    }
    race_access(cpu->machine->watch->race, kind, &place, address, size);
}

static void note_read(struct sim_cpu *cpu, uint64_t target)
{
    struct watch_processor *processor = watch_processor_of(cpu);
    struct watch_poll *poll = &processor->polls[(cpu->address ^ cpu->address >> 3) % WATCH_POLLS];

    if (poll->instruction == cpu->address && poll->target == target) {
        poll->times++;
    } else {
        *poll = (struct watch_poll){ .instruction = cpu->address, .target = target };
    }
    poll->read = ++processor->reads;
}

uint64_t watch_polled(const struct watch_processor *processor)
{
    const struct watch_poll *last = NULL;

    for (unsigned i = 0; i < WATCH_POLLS; i++) {
        const struct watch_poll *poll = &processor->polls[i];
        /* What a loop looks at last is what it waits for: before that it finds its way there. */
        if (poll->times >= POLL_LEAST && processor->reads - poll->read < POLL_RECENT &&
            (last == NULL || poll->instruction > last->instruction)) {
            last = poll;
        }
    }
    return last != NULL ? last->target : 0;
}

void watch_access(struct sim_cpu *cpu, uint64_t address, unsigned size, bool write, bool own)
{
    struct watch *watch = cpu->machine->watch;

    if (!own && !write && !cpu->kernel_code) {
        note_read(cpu, address);
    }
    if (!is_wanted(cpu->machine)) {
        return;
    }
    if (!own) {
        touch(cpu, address, size);
    } else if (!is_shared(cpu, address)) {
        return;
    } else if (!cpu->locked && is_shared_line(watch, address)) {
        schedule_point(cpu->machine);
    }
    if (is_memory(cpu, address)) {
        tell(cpu, address, size, write, cpu->locked);
    }
}

void watch_string(struct sim_cpu *cpu, uint64_t address, uint64_t bytes, bool write)
{
    const bool own = address >= cpu->stack_begin && address <= cpu->stack_end;

    if (!is_wanted(cpu->machine)) {
        return;
    }
    if (!own) {
        touch(cpu, address, (unsigned)bytes);
    } else if (!is_shared(cpu, address)) {
        return;
    }
    while (bytes != 0) {
        const uint64_t rest = LINE - (address & (LINE - 1));
        const uint64_t part = bytes < rest ? bytes : rest;
        tell(cpu, address, (unsigned)part, write, false);
        address += part;
        bytes -= part;
    }
}

/* Interrupts ------------------------------------------------------------------------------ */

void watch_sent(struct sim_machine *machine, unsigned from, unsigned to, uint8_t vector)
{
    struct watch *watch = machine->watch;

    if (watch->race != NULL && from == SIM_DEVICES) {
        watch->processors[to].devices[vector / 64] |= 1ull << vector % 64;
    } else if (watch->race != NULL && from != to) {
        watch->processors[to].sent[vector / 64] |= 1ull << vector % 64;
        race_send(watch->race, from, to);
    }
}

void watch_device_written(struct sim_cpu *cpu)
{
    struct watch *watch = cpu->machine->watch;

    if (cpu->machine->watching && watch->race != NULL) {
        race_device_write(watch->race, cpu->index);
    }
}

void watch_received(struct sim_cpu *cpu, uint8_t vector)
{
    uint64_t *sent = &watch_processor_of(cpu)->sent[vector / 64];
    uint64_t *devices = &watch_processor_of(cpu)->devices[vector / 64];

    if ((*devices >> vector % 64 & 1) != 0) {
        *devices &= ~(1ull << vector % 64);
        race_device_interrupt(cpu->machine->watch->race, cpu->index);
    }

    if ((*sent >> vector % 64 & 1) != 0) {
        *sent &= ~(1ull << vector % 64);
        race_receive(cpu->machine->watch->race, cpu->index);
    }
}
