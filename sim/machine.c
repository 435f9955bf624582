/* SPDX-License-Identifier: MIT */
/* machine.c: the machine: what it is made of, from its creation to its end. */
#include "cpu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_GRAIN     0x200000u
#define XAPIC_HIGHEST_ID 254u

/* end_because: end the run with a message, unless it has ended already. */
static void end_because(struct sim_machine *machine, enum sim_end end, const char *format,
                        va_list arguments)
{
    if (!machine->ended) {
        vsnprintf(machine->message, sizeof(machine->message), format, arguments);
        sim_stop(machine, end, 0);
    }
}

void machine_fail(struct sim_machine *machine, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    end_because(machine, SIM_FAILED, format, arguments);
    va_end(arguments);
}

void machine_reset(struct sim_machine *machine, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    end_because(machine, SIM_RESET, format, arguments);
    va_end(arguments);
}

void machine_limit(struct sim_machine *machine, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    end_because(machine, SIM_LIMIT, format, arguments);
    va_end(arguments);
}

void sim_stop(struct sim_machine *machine, enum sim_end end, uint32_t status)
{
    if (machine->ended) {
        return;
    }
    machine->ended = true;
    machine->end = end;
    machine->status = status;
    if (machine->running != NULL) {
        machine->running->attention |= ATTEND_STOP;
    }
}

/* Creation ---------------------------------------------------------------------------- */

/* check_options: => NULL, or what is wrong */
static const char *check_options(const struct sim_options *options)
{
    unsigned major, minor;

    uc_version(&major, &minor);
    if (major != 2 || !engine_can_forget()) {
        return "it needs the Unicorn library in version 2.0.1 or a later 2, which this one is not";
    }
    if (options->processors < 1 || options->processors > SIM_MAX_PROCESSORS) {
        return "1 to 256 processors";
    }
    if (options->memory == 0 || options->memory % MEMORY_GRAIN != 0 ||
        options->memory > SIM_IOAPIC_BASE) {
        return "memory: a multiple of 2 MiB below 4 GiB";
    }
    return NULL;
}

static uint32_t apic_id(const struct sim_machine *machine, unsigned index)
{
    return machine->options.apic_ids != NULL ? machine->options.apic_ids[index] : index;
}

static bool create_memory(struct sim_machine *machine)
{
    void *ram = mmap(NULL, machine->options.memory, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (ram == MAP_FAILED) {
        return false;
    }
    machine->ram = ram;
    machine->ram_size = machine->options.memory;
    machine->page_generation = 1;
    machine->page_kind = calloc(machine->ram_size / SIM_PAGE, 1);
    machine->code = calloc(machine->ram_size / SIM_PAGE, sizeof(*machine->code));
    return machine->page_kind != NULL && machine->code != NULL;
}

static bool create_processors(struct sim_machine *machine)
{
    for (unsigned i = 0; i < machine->options.processors; i++) {
        machine->apics[i] = sim_apic_create(i, apic_id(machine, i), i == 0, schedule_send, machine);
        if (machine->apics[i] == NULL) {
            return false;
        }
        machine->x2apic = machine->x2apic || apic_id(machine, i) > XAPIC_HIGHEST_ID;
    }
    for (unsigned i = 0; i < machine->options.processors; i++) {
        sim_apic_connect(machine->apics[i], machine->apics, machine->options.processors);
        machine->cpus[i] = cpu_create(machine, i, machine->apics[i]);
        if (machine->cpus[i] == NULL) {
            return false;
        }
        machine->cpus[i]->parked = true;
        machine->count++;
    }
    return true;
}

/* hear: the report channel, on its way to the caller. */
static void hear(void *context, const uint8_t *bytes, size_t length)
{
    struct sim_machine *machine = context;

    if (machine->closing) {
        return;
    }
    schedule_spoken(machine);
    if (machine->report != NULL) {
        machine->report(machine->report_context, bytes, length);
    }
}

/* create: => false: the message says why, or it is empty and there was no memory */
static bool create(struct sim_machine *machine)
{
    struct sim_start start;
    const char *wrong = check_options(&machine->options);

    if (wrong != NULL) {
        machine_fail(machine, "%s", wrong);
        return false;
    }
    machine->x2apic = machine->options.x2apic;
    machine->devices = sim_devices_create(machine);
    if (machine->devices == NULL) {
        return false;
    }
    guard_install();
    schedule_create(machine);
    if (!create_memory(machine) || !create_processors(machine) || !watch_create(machine)) {
        return false;
    }
    if (!sim_boot(machine, &start, machine->message, sizeof(machine->message))) {
        return false;
    }
    cpu_boot(machine->cpus[0], &start);
    schedule_ready(machine, 0);
    machine->running = machine->cpus[0];
    return true;
}

struct sim_machine *sim_create(const struct sim_options *options, struct sim_result *result)
{
    struct sim_machine *machine = calloc(1, sizeof(*machine));

    memset(result, 0, sizeof(*result));
    result->end = SIM_FAILED;
    if (machine != NULL) {
        machine->options = *options;
        machine->report = options->report;
        machine->report_context = options->context;
        machine->options.report = hear;
        machine->options.context = machine;
        if (create(machine)) {
            return machine;
        }
        memcpy(result->message, machine->message, sizeof(result->message));
        sim_destroy(machine);
    }
    if (result->message[0] == '\0') {
        snprintf(result->message, sizeof(result->message), "no memory for the machine");
    }
    return NULL;
}

void sim_run(struct sim_machine *machine, struct sim_result *result)
{
    if (!machine->ended) {
        schedule_enter(machine);
    }
    *result = (struct sim_result){
        .end = machine->end,
        .status = machine->status,
        .instructions = machine->instructions,
        .decisions = machine->schedule.decisions,
        .schedule_hash = machine->schedule.hash,
    };
    memcpy(result->message, machine->message, sizeof(result->message));
}

/*
 * rewind_processors: bring every coroutine out of its engine.
 * => One that is just dropped would leave its engine in the middle of a call.
 */
static void rewind_processors(struct sim_machine *machine)
{
    machine->ended = true;
    machine->closing = true;
    for (unsigned i = 0; i < machine->count; i++) {
        struct sim_cpu *cpu = machine->cpus[i];
        cpu->attention |= ATTEND_STOP;
        machine->running = cpu;
        while (!cpu->rewound) {
            schedule_enter(machine);
        }
    }
    machine->closing = false;
}

void sim_begin(struct sim_machine *machine)
{
    if (!machine->watching && machine->running != NULL) {
        machine->running->attention |= ATTEND_BEGIN;
    }
}

/* begin: the part that each schedule has in common. */
static void begin(struct sim_machine *machine)
{
    machine->watching = true;
    machine->instructions = 0;
    schedule_begin(machine);
    watch_begin(machine);
}

void machine_begin(struct sim_machine *machine)
{
    if (machine->watching || machine->ended) {
        return;
    }
    for (uint64_t page = 0; page < machine->ram_size / SIM_PAGE; page++) {
        machine->page_kind[page] &= ~PAGE_DIRTY;
    }
    machine->page_generation++;
    if (!machine->options.snapshot) {
        begin(machine);
    } else if (snapshot_take(machine)) {
        machine->watching = true;
        sim_stop(machine, SIM_BEGUN, 0);
    }
}

void sim_restart(struct sim_machine *machine, uint64_t seed, uint64_t steps)
{
    if (machine->snapshot == NULL || machine->end == SIM_FAILED) {
        return;
    }
    rewind_processors(machine);
    snapshot_restore(machine);
    machine->options.seed = seed;
    machine->options.steps = steps;
    machine->ended = false;
    begin(machine);
}

void sim_destroy(struct sim_machine *machine)
{
    if (machine == NULL) {
        return;
    }
    rewind_processors(machine);
    snapshot_destroy(machine);
    for (unsigned i = 0; i < machine->options.processors && i < SIM_MAX_PROCESSORS; i++) {
        cpu_destroy(machine->cpus[i]);
        if (machine->apics[i] != NULL) {
            sim_apic_destroy(machine->apics[i]);
        }
    }
    if (machine->devices != NULL) {
        sim_devices_destroy(machine->devices);
    }
    schedule_destroy(machine);
    watch_destroy(machine);
    for (uint64_t page = 0; machine->code != NULL && page < machine->ram_size / SIM_PAGE; page++) {
        free(machine->code[page]);
    }
    machine_drop_images(machine, 0);
    free(machine->code);
    free(machine->page_kind);
    if (machine->ram != NULL) {
        munmap(machine->ram, machine->ram_size);
    }
    free(machine);
}

/* What the rooms ask for --------------------------------------------------------------- */

void *sim_ram(struct sim_machine *machine, uint64_t physical, size_t length)
{
    if (physical >= machine->ram_size || length > machine->ram_size - physical) {
        return NULL;
    }
    return machine->ram + physical;
}

uint64_t sim_ram_size(const struct sim_machine *machine)
{
    return machine->ram_size;
}

unsigned sim_processor_count(const struct sim_machine *machine)
{
    return machine->options.processors;
}

struct sim_cpu *sim_processor(struct sim_machine *machine, unsigned index)
{
    return machine->cpus[index];
}

const struct sim_options *sim_options(const struct sim_machine *machine)
{
    return &machine->options;
}

uint64_t sim_now(const struct sim_machine *machine)
{
    return machine->now;
}

/* Pages ------------------------------------------------------------------------------------ */

void machine_dirty(struct sim_machine *machine, uint64_t physical)
{
    const uint64_t page = physical / SIM_PAGE;

    if ((machine->page_kind[page] & PAGE_DIRTY) == 0) {
        machine->page_kind[page] |= PAGE_DIRTY;
        if (machine->snapshot != NULL) {
            snapshot_keep(machine, page);
        }
    }
}

void machine_table(struct sim_machine *machine, uint64_t physical)
{
    const uint64_t page = physical / SIM_PAGE;

    if ((machine->page_kind[page] & PAGE_TABLE) == 0) {
        machine->page_kind[page] |= PAGE_TABLE;
        machine->page_generation++;
        if (machine->snapshot != NULL) {
            snapshot_mark(machine, page);
        }
    }
}

void machine_watch_code(struct sim_machine *machine, uint64_t address)
{
    struct mmu_leaf leaf;
    uint64_t physical;

    if (!mmu_is_canonical(address) || !mmu_peek(machine->running, address, &leaf)) {
        return;
    }
    physical = leaf.physical + (address & (leaf.size - 1));
    if (physical >= machine->ram_size) {
        return;
    }
    if (machine->code[physical / SIM_PAGE] == NULL) {
        machine->code[physical / SIM_PAGE] = calloc(SIM_PAGE, 1);
    }
    if (machine->code[physical / SIM_PAGE] != NULL) {
        machine->code[physical / SIM_PAGE][physical & (SIM_PAGE - 1)] |= CODE_WATCHED;
    }
}

bool sim_read(struct sim_machine *machine, unsigned processor, uint64_t address, void *bytes,
              size_t length)
{
    uint8_t *to = bytes;

    while (length != 0) {
        const size_t rest = SIM_PAGE - (address & (SIM_PAGE - 1));
        const size_t part = length < rest ? length : rest;
        struct mmu_leaf leaf;
        const void *from;

        if (!mmu_is_canonical(address) ||
            !mmu_peek(machine->cpus[processor], address, &leaf)) {
            return false;
        }
        from = sim_ram(machine, leaf.physical + (address & (leaf.size - 1)), part);
        if (from == NULL) {
            return false;
        }
        memcpy(to, from, part);
        to += part;
        address += part;
        length -= part;
    }
    return true;
}

struct sim_place sim_place_of(struct sim_machine *machine, unsigned processor)
{
    struct sim_cpu *cpu = machine->cpus[processor];

    return (struct sim_place){
        .processor = processor,
        .irql = sim_apic_cr8(cpu->apic),
        .address = cpu->address,
        .time = machine->now,
    };
}
