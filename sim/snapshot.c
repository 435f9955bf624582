/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c: the machine as it was when the drivers began, so that each
 * schedule starts there and not with a boot.
 *
 * => It is taken between two instructions of every processor, with nothing
 *    half done; a processor in hlt counts as such.
 * => RAM: a page is kept when it is first written to, and only pages that have
 *    been written to are put back.
 * => Engines keep what they have translated, where it still holds.  The regions
 *    are put back exactly: a stale translation is part of the state.
 */
#include "cpu.h"

#include <stdlib.h>
#include <string.h>

/* A growing list of pages. */
struct page_list {
    uint32_t *pages;
    size_t count, room;
};

/* A processor as it was. */
struct kept_cpu {
    struct sim_cpu cpu;
    uc_context *context;
    uint64_t rip;
    struct sim_apic *apic;
};

struct sim_snapshot {
    uint8_t **bytes;        /* [page of RAM]: what it held, or NULL: not written to since */
    struct page_list dirty; /* since the last restart */
    struct page_list tables;
    struct kept_cpu *cpus; /* [machine.count] */
    struct sim_devices *devices;
    struct sim_schedule schedule;
    struct sim_flight *flights;
    unsigned running, image_count;
    struct sim_image images[SIM_IMAGES];
    uint64_t now, next_event, spoken;
    bool prodded;
};

static bool append(struct page_list *list, uint64_t page)
{
    if (list->count == list->room) {
        const size_t room = list->room == 0 ? 256 : 2 * list->room;
        uint32_t *more = realloc(list->pages, room * sizeof(*more));
        if (more == NULL) {
            return false;
        }
        list->pages = more;
        list->room = room;
    }
    list->pages[list->count++] = (uint32_t)page;
    return true;
}

void snapshot_keep(struct sim_machine *machine, uint64_t page)
{
    struct sim_snapshot *snapshot = machine->snapshot;

    if (snapshot->bytes[page] == NULL) {
        snapshot->bytes[page] = malloc(SIM_PAGE);
        if (snapshot->bytes[page] == NULL) {
            machine_fail(machine, "no memory for the snapshot");
            return;
        }
        memcpy(snapshot->bytes[page], machine->ram + page * SIM_PAGE, SIM_PAGE);
    }
    if (!append(&snapshot->dirty, page)) {
        machine_fail(machine, "no memory for the snapshot");
    }
}

void snapshot_mark(struct sim_machine *machine, uint64_t page)
{
    if (!append(&machine->snapshot->tables, page)) {
        machine_fail(machine, "no memory for the snapshot");
    }
}

static bool keep_cpu(struct kept_cpu *kept, struct sim_cpu *cpu)
{
    kept->cpu = *cpu;
    kept->rip = cpu->halted || cpu->waits_for_startup ? cpu_get(cpu, UC_X86_REG_RIP) : cpu_here(cpu);
    kept->apic = sim_apic_create(cpu->index, sim_apic_id(cpu->apic), cpu->index == 0, NULL, NULL);
    if (kept->apic == NULL || uc_context_alloc(cpu->engine, &kept->context) != UC_ERR_OK) {
        return false;
    }
    sim_apic_copy(kept->apic, cpu->apic);
    return uc_context_save(cpu->engine, kept->context) == UC_ERR_OK;
}

static bool keep_schedule(struct sim_snapshot *snapshot, const struct sim_schedule *schedule)
{
    const size_t size = schedule->flight_count * sizeof(*schedule->flights);

    snapshot->schedule = *schedule;
    if (size != 0) {
        snapshot->flights = malloc(size);
        if (snapshot->flights == NULL) {
            return false;
        }
        memcpy(snapshot->flights, schedule->flights, size);
    }
    return true;
}

static bool take(struct sim_machine *machine, struct sim_snapshot *snapshot)
{
    snapshot->bytes = calloc(machine->ram_size / SIM_PAGE, sizeof(*snapshot->bytes));
    snapshot->cpus = calloc(machine->count, sizeof(*snapshot->cpus));
    snapshot->devices = sim_devices_create(machine);
    if (snapshot->bytes == NULL || snapshot->cpus == NULL || snapshot->devices == NULL ||
        !keep_schedule(snapshot, &machine->schedule)) {
        return false;
    }
    sim_devices_copy(snapshot->devices, machine->devices);
    for (unsigned i = 0; i < machine->count; i++) {
        if (!keep_cpu(&snapshot->cpus[i], machine->cpus[i])) {
            return false;
        }
    }
    snapshot->running = machine->running->index;
    snapshot->image_count = machine->image_count;
    memcpy(snapshot->images, machine->images, sizeof(snapshot->images));
    snapshot->now = machine->now;
    snapshot->next_event = machine->next_event;
    snapshot->spoken = machine->spoken;
    snapshot->prodded = machine->prodded;
    return true;
}

bool snapshot_take(struct sim_machine *machine)
{
    machine->snapshot = calloc(1, sizeof(*machine->snapshot));
    if (machine->snapshot == NULL || !take(machine, machine->snapshot)) {
        machine_fail(machine, "no memory for the snapshot");
        return false;
    }
    return true;
}

void snapshot_destroy(struct sim_machine *machine)
{
    struct sim_snapshot *snapshot = machine->snapshot;

    if (snapshot == NULL) {
        return;
    }
    for (uint64_t i = 0; snapshot->bytes != NULL && i < machine->ram_size / SIM_PAGE; i++) {
        free(snapshot->bytes[i]);
    }
    for (unsigned i = 0; snapshot->cpus != NULL && i < machine->count; i++) {
        if (snapshot->cpus[i].context != NULL) {
            uc_context_free(snapshot->cpus[i].context);
        }
        sim_apic_destroy(snapshot->cpus[i].apic);
    }
    if (snapshot->devices != NULL) {
        sim_devices_destroy(snapshot->devices);
    }
    free(snapshot->bytes);
    free(snapshot->cpus);
    free(snapshot->flights);
    free(snapshot->dirty.pages);
    free(snapshot->tables.pages);
    free(snapshot);
    machine->snapshot = NULL;
}

/* Putting back --------------------------------------------------------------------- */

static void restore_ram(struct sim_machine *machine)
{
    struct sim_snapshot *snapshot = machine->snapshot;

    for (size_t i = 0; i < snapshot->dirty.count; i++) {
        const uint64_t page = snapshot->dirty.pages[i];

        if (machine->page_kind[page] & PAGE_CODE) {
            tlb_code_written(machine, page * SIM_PAGE, SIM_PAGE);
        }
        memcpy(machine->ram + page * SIM_PAGE, snapshot->bytes[page], SIM_PAGE);
        machine->page_kind[page] &= ~PAGE_DIRTY;
    }
    for (size_t i = 0; i < snapshot->tables.count; i++) {
        machine->page_kind[snapshot->tables.pages[i]] &= ~PAGE_TABLE;
    }
    snapshot->dirty.count = 0;
    snapshot->tables.count = 0;
    machine->page_generation++;
}

/* restore_cpu: => its coroutine is outside its engine */
static void restore_cpu(struct sim_cpu *cpu, const struct kept_cpu *kept)
{
    struct sim_cpu now;

    tlb_forget_code(cpu);
    start_leave(cpu);
    tlb_restore(cpu, kept->cpu.tlb, kept->cpu.tlb_count);
    now = *cpu;
    *cpu = kept->cpu;
    cpu->coroutine = now.coroutine;
    cpu->guard = now.guard;
    cpu->startup_memory = NULL;
    memcpy(cpu->devices, now.devices, sizeof(now.devices));
    cpu->device_count = now.device_count;
    cpu->tlb_victim = kept->cpu.tlb_victim;
    cpu->code_page = CPU_NO_PAGE;
    cpu->known_generation = 0;
    cpu->written_count = 0;
    cpu->rewound = false;
    sim_apic_copy(cpu->apic, kept->apic);
    uc_context_restore(cpu->engine, kept->context);
    cpu_set(cpu, UC_X86_REG_RIP, kept->rip);
}

static void restore_schedule(struct sim_machine *machine)
{
    const struct sim_snapshot *snapshot = machine->snapshot;
    struct sim_schedule *schedule = &machine->schedule;
    struct sim_flight *flights = schedule->flights;
    const size_t room = schedule->flight_room;

    /* The heap had this much room when it was kept, and never shrinks. */
    *schedule = snapshot->schedule;
    schedule->flights = flights;
    schedule->flight_room = room;
    if (schedule->flight_count != 0) {
        memcpy(flights, snapshot->flights, schedule->flight_count * sizeof(*flights));
    }
}

void snapshot_restore(struct sim_machine *machine)
{
    const struct sim_snapshot *snapshot = machine->snapshot;

    restore_ram(machine);
    restore_schedule(machine);
    machine_drop_images(machine, snapshot->image_count);
    memcpy(machine->images, snapshot->images, snapshot->image_count * sizeof(snapshot->images[0]));
    sim_devices_copy(machine->devices, snapshot->devices);
    for (unsigned i = 0; i < machine->count; i++) {
        restore_cpu(machine->cpus[i], &snapshot->cpus[i]);
    }
    machine->running = machine->cpus[snapshot->running];
    machine->now = snapshot->now;
    machine->next_event = snapshot->next_event;
    machine->spoken = snapshot->spoken;
    machine->prodded = snapshot->prodded;
}
